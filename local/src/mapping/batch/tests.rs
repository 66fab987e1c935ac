//! Each test names the line of AWS's documentation that it holds.

use std::collections::BTreeMap;

use super::*;

const FRESH: Duration = Duration::ZERO;

/// First and end of each.
type Ranges = Vec<(usize, usize)>;

fn rules() -> Rules {
    let (cut, first_failed) = (Cut::IsRetry, FirstFailed::Halves);
    Rules { retries_max: None, age_max: None, bisect: false, cut, first_failed }
}

/// Runs a batch against a function that fails whole batches with one of these records, and says what was sent in
/// which order, and what was discarded.
fn run(records: usize, rules: &Rules, poison: &[usize]) -> (Ranges, Ranges) {
    let ends = |range: &Range<usize>| (range.start, range.end);
    let mut batch = Batch::new(records);
    let (mut sent, mut discarded) = (Vec::new(), Vec::new());
    loop {
        match batch.next(rules, |_| FRESH) {
            Step::Done => return (sent, discarded),
            Step::Discard(gone) => discarded.push(ends(&gone.records)),
            Step::Invoke(range) => {
                let failed = poison.iter().any(|record| range.contains(record));
                sent.push(ends(&range));
                let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
                if let Then::Discard(gone) = batch.after(rules, outcome) {
                    discarded.push(ends(&gone.records));
                }
            }
        }
    }
}

#[test]
fn a_batch_that_succeeds_is_done_after_one_invocation() {
    assert_eq!(run(5, &rules(), &[]), (vec![(0, 5)], vec![]));
    assert_eq!(run(0, &rules(), &[]), (vec![], vec![]));
}

/// E: the whole batch is retried; after `MaximumRetryAttempts` it is discarded, and reading goes on.
#[test]
fn a_failed_batch_is_retried_whole_until_the_retries_are_used_up_and_then_discarded() {
    let rules = Rules { retries_max: Some(2), ..rules() };
    assert_eq!(run(3, &rules, &[1]), (vec![(0, 3), (0, 3), (0, 3)], vec![(0, 3)]));
    let none = Rules { retries_max: Some(0), ..rules };
    assert_eq!(run(3, &none, &[1]), (vec![(0, 3)], vec![(0, 3)]));
}

/// E: the shard is blocked; `MaximumRetryAttempts` −1 is as long as the stream keeps the record.
#[test]
fn retries_without_a_limit_never_discard() {
    let mut batch = Batch::new(2);
    for pauses in 0..1000 {
        assert_eq!(batch.next(&rules(), |_| FRESH), Step::Invoke(0..2));
        assert_eq!(batch.after(&rules(), Outcome::Failed), Then::Pause(pauses));
    }
    assert_eq!(batch.finished(), 0, "the shard is blocked");
}

/// E: retries without a limit end when the stream no longer keeps the record: after 24 hours.
#[test]
fn retries_without_a_limit_end_with_the_retention_of_the_stream() {
    let days = |days: u64| move |_| Duration::from_hours(24 * days);
    for age_max in [None, Some(Duration::from_hours(7 * 24))] {
        let rules = Rules { age_max, ..rules() };
        let mut batch = Batch::new(2);
        assert_eq!(batch.next(&rules, days(2)), Step::Invoke(0..2), "what nobody has seen is not lost");
        assert_eq!(batch.after(&rules, Outcome::Failed), Then::Pause(0));
        assert_eq!(batch.next(&rules, days(1)), Step::Invoke(0..2));
        assert_eq!(batch.after(&rules, Outcome::Failed), Then::Pause(1));
        let Step::Discard(gone) = batch.next(&rules, days(2)) else { panic!("the stream has forgotten them") };
        assert_eq!((gone.records, gone.condition), (0..2, Condition::RecordAgeExceeded));
        assert_eq!(batch.next(&rules, days(2)), Step::Done);
    }
}

/// E: throttle and not-invoked errors do not use up the retry quota.
#[test]
fn throttles_do_not_use_up_the_retries() {
    let rules = Rules { retries_max: Some(0), ..rules() };
    let mut batch = Batch::new(1);
    for _ in 0..50 {
        assert_eq!(batch.next(&rules, |_| FRESH), Step::Invoke(0..1));
        assert!(matches!(batch.after(&rules, Outcome::NotInvoked), Then::Pause(_)));
    }
    let Then::Discard(gone) = batch.after(&rules, Outcome::Failed) else { panic!("no retries are left") };
    assert_eq!(gone.invocations, 1);
}

/// E: bisect: split in two and retry.
#[test]
fn bisecting_isolates_the_one_bad_record_and_processes_all_others_in_order() {
    let rules = Rules { retries_max: Some(1), bisect: true, ..rules() };
    let (sent, discarded) = run(4, &rules, &[2]);
    assert_eq!(sent, vec![(0, 4), (0, 2), (2, 4), (2, 3), (2, 3), (3, 4)]);
    assert_eq!(discarded, vec![(2, 3)]);
}

/// E: splits do not count as retries.
#[test]
fn splits_do_not_count_as_retries() {
    let rules = Rules { retries_max: Some(0), bisect: true, ..rules() };
    let (sent, discarded) = run(8, &rules, &[7]);
    assert_eq!(sent, vec![(0, 8), (0, 4), (4, 8), (4, 6), (6, 8), (6, 7), (7, 8)]);
    assert_eq!(discarded, vec![(7, 8)]);
}

/// E: retry from the checkpoint, inclusive.
#[test]
fn a_reported_failure_is_the_checkpoint_from_which_is_retried() {
    let rules = Rules { retries_max: Some(1), ..rules() };
    let mut batch = Batch::new(5);
    batch.next(&rules, |_| FRESH);
    assert_eq!(batch.after(&rules, Outcome::FailedFrom(3)), Then::Pause(0));
    assert_eq!(batch.finished(), 3);
    assert_eq!(batch.next(&rules, |_| FRESH), Step::Invoke(3..5));
    let Then::Discard(gone) = batch.after(&rules, Outcome::FailedFrom(1)) else { panic!("no retries are left") };
    assert_eq!((gone.records, gone.invocations), (4..5, 2));
    assert_eq!(batch.next(&rules, |_| FRESH), Step::Done);
}

/// E: with bisect too: cut at the returned number and retry only the rest.
#[test]
fn with_bisecting_a_report_cuts_at_the_returned_number_and_only_the_rest_is_retried() {
    let rules = Rules { retries_max: Some(0), bisect: true, ..rules() };
    let mut batch = Batch::new(6);
    batch.next(&rules, |_| FRESH);
    assert_eq!(batch.after(&rules, Outcome::FailedFrom(2)), Then::Pause(0), "a cut is no retry");
    assert_eq!(batch.next(&rules, |_| FRESH), Step::Invoke(2..6));
    batch.after(&rules, Outcome::FailedFrom(0));
    assert_eq!(batch.next(&rules, |_| FRESH), Step::Invoke(2..4));
}

/// E: a thrown error with bisect on bisects regardless.
#[test]
fn a_thrown_error_bisects_regardless_of_an_earlier_report() {
    let rules = Rules { bisect: true, ..rules() };
    let mut batch = Batch::new(5);
    batch.next(&rules, |_| FRESH);
    batch.after(&rules, Outcome::FailedFrom(1));
    batch.next(&rules, |_| FRESH);
    batch.after(&rules, Outcome::Failed);
    assert_eq!(batch.next(&rules, |_| FRESH), Step::Invoke(1..3));
}

/// E: `MaximumRecordAgeInSeconds`.
#[test]
fn records_that_are_too_old_are_discarded_before_the_function_sees_them() {
    let rules = Rules { age_max: Some(Duration::from_mins(1)), ..rules() };
    let age = |record: usize| Duration::from_secs(if record < 2 { 61 } else { 60 });
    let mut batch = Batch::new(4);
    let Step::Discard(gone) = batch.next(&rules, age) else { panic!("two records are too old") };
    assert_eq!((gone.records, gone.invocations, gone.condition.name()), (0..2, 0, "RecordAgeExceeded"));
    assert_eq!(batch.next(&rules, age), Step::Invoke(2..4));
    batch.after(&rules, Outcome::Failed);
    let old = |_| Duration::from_secs(100);
    assert!(matches!(batch.next(&rules, old), Step::Discard(gone) if gone.records == (2..4) && gone.invocations == 1));
    assert_eq!(batch.next(&rules, old), Step::Done);
}

/// The law behind all rules: every record is finished exactly once, in order, whatever happens on the way.
#[test]
fn every_record_is_either_processed_or_discarded_whatever_happens() {
    let mut seed = 0x9e37_79b9_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for round in 0..2000 {
        let rules = Rules { retries_max: Some(3), bisect: round % 2 == 0, ..rules() };
        let records = 1 + random(20);
        let mut batch = Batch::new(records);
        let mut fate: BTreeMap<usize, &str> = BTreeMap::new();
        while let Step::Invoke(range) = batch.next(&rules, |_| FRESH) {
            assert_eq!(range.start, fate.len(), "in order and without a gap");
            let (outcome, finished) = match random(4) {
                0 => (Outcome::Succeeded, range.clone()),
                1 => (Outcome::Failed, range.start..range.start),
                2 => (Outcome::NotInvoked, range.start..range.start),
                _ => {
                    let lowest = random(range.len());
                    (Outcome::FailedFrom(lowest), range.start..range.start + lowest)
                }
            };
            finished.for_each(|record| assert!(fate.insert(record, "processed").is_none()));
            if let Then::Discard(gone) = batch.after(&rules, outcome) {
                gone.records.for_each(|record| assert!(fate.insert(record, "discarded").is_none()));
            }
            assert_eq!(batch.finished(), fate.len());
        }
        assert_eq!(fate.len(), records);
    }
}

/// E, undocumented, settings: whether repeating the rest after a report is a retry, and what bisecting does with a batch
/// whose first record is reported.
#[test]
fn what_is_not_documented_about_reports_is_a_setting() {
    let after = |rules: Rules, lowest: usize| {
        let mut batch = Batch::new(4);
        batch.next(&rules, |_| FRESH);
        batch.after(&rules, Outcome::FailedFrom(lowest));
        batch.next(&rules, |_| FRESH)
    };
    let none = Rules { retries_max: Some(0), ..rules() };
    assert_eq!(after(none.clone(), 1), Step::Done, "no retry is left");
    assert_eq!(after(Rules { cut: Cut::IsNoRetry, ..none }, 1), Step::Invoke(1..4));
    let bisecting = Rules { bisect: true, ..rules() };
    assert_eq!(after(bisecting.clone(), 0), Step::Invoke(0..2));
    assert_eq!(after(Rules { first_failed: FirstFailed::Retries, ..bisecting }, 0), Step::Invoke(0..4));
}
