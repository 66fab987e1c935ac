//! What a rebuild asks before it changes anything, and what it says of the ways on from a switch.

use turnlog_store::{Changed, Model, Target, Versions};

/// The question before the first write.
pub(super) fn beginning(target: &Target, versions: &Versions) -> String {
    let is_filled = |model: Model, version| versions.of(model).kept.get(&version).is_some_and(|kept| kept.is_filled);
    let of = |filled: bool| {
        let meant = target.iter().filter(|&(&model, &version)| is_filled(model, version) == filled);
        meant.map(|(model, version)| format!("version {version} of {model}")).collect::<Vec<_>>()
    };
    let (new, filled) = (of(false), of(true).join(" and "));
    let beside = if new.len() == 1 { "beside the live one" } else { "beside the live ones" };
    match (new.join(" and "), filled) {
        (new, filled) if filled.is_empty() => format!("Build {new} {beside}?"),
        (new, filled) if new.is_empty() => {
            format!("Compare {filled} with the logs, and bring forward what is behind them?")
        }
        (new, filled) => format!("Build {new} {beside}, and bring forward what is behind in {filled}?"),
    }
}

/// The question before the switch; `None` where it changes nothing.
pub(super) fn switching(target: &Target, versions: &Versions) -> Option<String> {
    let changes: Vec<String> = target
        .iter()
        .map(|(&model, version)| (model, versions.of(model).live, version))
        .filter(|(_, live, version)| live != *version)
        .map(|(model, live, version)| format!("{model} from version {live} to {version}"))
        .collect();
    (!changes.is_empty()).then(|| format!("Switch {}?", changes.join(" and ")))
}

/// What is live after a switch, and how to go back and how to be rid of what was live before.
pub(super) fn switched(target: &Target, changed: &Changed) -> Vec<String> {
    let mut lines = Vec::new();
    for (&model, version) in target {
        lines.push(format!("{model}: version {version} is live"));
        let old = changed.before.of(model).live;
        let of_old = changed.after.of(model).kept.remove(&old).filter(|_| old != *version);
        // Somebody else may have given it up already.
        let Some(kept) = of_old else { continue };
        let (back, drop) =
            (format!("`turnlog rebuild {model} --to {old}`"), format!("`turnlog rebuild {model} --drop {old}`"));
        lines.push(if kept.format == model.format() {
            format!("{back} goes back")
        } else {
            format!("{back} goes back, with the command that writes format {}", kept.format)
        });
        lines.push(format!("{drop} removes the version that was live before, once nobody needs it"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(json: &str) -> Versions {
        serde_json::from_str(json).expect("it is in the stored form")
    }

    fn target(games: Option<u32>, players: Option<u32>) -> Target {
        let named = [(Model::Games, games), (Model::Players, players)];
        named.into_iter().filter_map(|(model, version)| Some((model, version?))).collect()
    }

    #[test]
    fn the_first_question_tells_what_is_built_and_what_is_only_brought_forward() {
        let first = Versions::default();
        let asks = |games, players| beginning(&target(games, players), &first);
        assert_eq!(asks(Some(3), None), "Build version 3 of GAMES beside the live one?");
        assert_eq!(asks(Some(3), Some(2)), "Build version 3 of GAMES and version 2 of PLAYERS beside the live ones?");
        let compares = "Compare version 2 of GAMES with the logs, and bring forward what is behind them?";
        assert_eq!(asks(Some(2), None), compares);
        let both =
            "Build version 2 of PLAYERS beside the live one, and bring forward what is behind in version 2 of GAMES?";
        assert_eq!(asks(Some(2), Some(2)), both);
    }

    #[test]
    fn a_switch_to_what_is_live_asks_nothing() {
        let first = Versions::default();
        assert_eq!(switching(&target(Some(2), Some(1)), &first), None);
        let asked = switching(&target(Some(3), Some(1)), &first);
        assert_eq!(asked.as_deref(), Some("Switch GAMES from version 2 to 3?"));
    }

    #[test]
    fn the_ways_on_are_those_from_the_versions_that_the_switch_met() {
        let told = |before: &str, after: &str| {
            let changed = Changed { before: versions(before), after: versions(after) };
            switched(&target(Some(4), None), &changed)
        };
        let format = Model::Games.format();
        let kept = |live: u32, old: u32| {
            format!(
                r#"{{"GAMES":{{"live":{live},"kept":{{"3":{{"format":{old},"is_filled":true}},"4":{{"format":{format},"is_filled":true}}}}}}}}"#
            )
        };
        let drop = "`turnlog rebuild GAMES --drop 3` removes the version that was live before, once nobody needs it";
        let lines = ["GAMES: version 4 is live", "`turnlog rebuild GAMES --to 3` goes back", drop];
        assert_eq!(told(&kept(3, format), &kept(4, format)), lines);
        let other = "`turnlog rebuild GAMES --to 3` goes back, with the command that writes format 1";
        assert_eq!(told(&kept(3, 1), &kept(4, 1)), [lines[0], other, drop]);
        assert_eq!(told(&kept(4, format), &kept(4, format)), [lines[0]]);
        let alone = format!(r#"{{"GAMES":{{"live":4,"kept":{{"4":{{"format":{format},"is_filled":true}}}}}}}}"#);
        assert_eq!(told(&kept(3, format), &alone), [lines[0]]);
    }
}
