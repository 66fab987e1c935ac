//! Figures of times that are known.

use serde_json::json;

use super::*;

fn setting() -> Setting {
    Setting { kind: "liars-dice", games: 4, players: 3, think_ms: 250, seed: 7 }
}

fn figures(samples: Samples) -> Figures {
    Figures::new(setting(), samples, Duration::from_secs(8), None)
}

#[test]
fn the_figures_are_one_line_of_json() {
    let mut samples = Samples::default();
    for microseconds in 1..=100 {
        samples.acknowledged(Duration::from_micros(microseconds * 1000));
        samples.arrived(Duration::from_micros(11_000 * microseconds));
    }
    samples.missing(1, 2);
    samples.push_doubled();
    samples.answer_doubled();
    samples.game_stopped();
    samples.error("outdated");
    let expected = json!({
        "kind": "liars-dice",
        "games": 4,
        "players": 3,
        "think_ms": 250,
        "seed": 7,
        "moves": 100,
        "moves_per_second": 12.5,
        "ack_ms": { "p50": 50.0, "p95": 95.0, "p99": 99.0, "p999": 99.0, "max": 100.0 },
        "opponent_ms": { "p50": 550.0, "p95": 1045.0, "p99": 1089.0, "p999": 1089.0, "max": 1100.0 },
        "pushes": 100,
        "pushes_late": 10,
        "pushes_missing": 2,
        "pushes_doubled": 1,
        "answers_missing": 1,
        "answers_doubled": 1,
        "games_stopped": 1,
        "errors": { "outdated": 1 },
        "stack_rss_mb": 50.0,
    });
    assert_eq!(json!(Figures::new(setting(), samples, Duration::from_secs(8), Some(50 * 1024 * 1024))), expected);
}

#[test]
fn percentiles_are_samples_that_were_measured() {
    let mut samples = Samples::default();
    // 10,001 times of 0 to 10 seconds, the longest first.
    for milliseconds in (0..=10_000).rev() {
        samples.arrived(Duration::from_millis(milliseconds));
    }
    let expected = json!({ "p50": 5000.0, "p95": 9500.0, "p99": 9900.0, "p999": 9990.0, "max": 10_000.0 });
    let figures = json!(figures(samples));
    assert_eq!((&figures["opponent_ms"], &figures["pushes_late"]), (&expected, &json!(9000)));
}

#[test]
fn a_single_time_is_every_percentile() {
    let mut samples = Samples::default();
    samples.arrived(Duration::from_micros(1234));
    let expected = json!({ "p50": 1.23, "p95": 1.23, "p99": 1.23, "p999": 1.23, "max": 1.23 });
    assert_eq!(json!(figures(samples))["opponent_ms"], expected);
}

#[test]
fn the_samples_of_several_games_are_added_up() {
    let game = |milliseconds, missing| {
        let mut samples = Samples::default();
        samples.acknowledged(Duration::from_millis(milliseconds));
        samples.arrived(Duration::from_millis(milliseconds));
        samples.missing(missing, missing);
        samples.error("try_again");
        samples
    };
    let figures = json!(figures(game(3, 0).join(game(1, 2)).join(game(2, 1))));
    assert_eq!((&figures["moves"], &figures["opponent_ms"]["p50"]), (&json!(3), &json!(2.0)));
    let lost = [&figures["pushes_missing"], &figures["answers_missing"], &figures["errors"]["try_again"]];
    assert_eq!(lost, [3, 3, 3]);
}

#[test]
fn the_figures_say_what_came_late() {
    let mut samples = Samples::default();
    samples.acknowledged(Duration::from_millis(3));
    for millisecond in [5, 1000, 1001, 5004] {
        samples.arrived(Duration::from_millis(millisecond));
    }
    let figures = figures(samples);
    assert!(figures.is_complete());
    let text = figures.to_string();
    assert!(text.contains("5004 ms (maximum)"), "{text}");
    assert!(text.contains("2 later than one second, 0 never came, at least 0 came again, as they may"), "{text}");
}

#[test]
fn whatever_was_lost_is_said_and_a_push_may_come_twice() {
    type Fault = fn(&mut Samples);
    let faults: [(Fault, &str, bool); 6] = [
        (|samples| samples.missing(1, 0), "1 never came, 0 came twice", false),
        (|samples| samples.missing(0, 1), "0 later than one second, 1 never came", false),
        (Samples::answer_doubled, "0 never came, 1 came twice", false),
        (Samples::push_doubled, "0 never came, at least 1 came again, as they may", true),
        (Samples::game_stopped, "1 were given up", false),
        (|samples| samples.error("too_many_frames"), "1 too_many_frames\nThe stack limits frames", true),
    ];
    for (fault, said, is_complete) in faults {
        let mut samples = Samples::default();
        fault(&mut samples);
        let figures = figures(samples);
        let text = figures.to_string();
        assert_eq!((text.contains(said), figures.is_complete()), (true, is_complete), "{said}: {text}");
    }
}
