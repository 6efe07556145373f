//! What holds for every file: nothing panics, what is written is read back, what was answered is in the template.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;

use super::super::{
    AccountId, Action, Answers, Audience, Auth, BoundaryPolicy, Cidr, ContainerPath,
    EnvironmentName, GroupId, HealthPath, Issuer, PathPattern, PolicyArn, Project, Region,
    Rejection, ServiceAnswer, ServiceName, TableName, TagKey, TagValue, TopicArn, User,
    VariableName, parse, schema, template, to_yaml,
};
use super::{COMPLETE, LEAST, environments, must_parse};

/// Parses, renders every error, and holds what must be true of each.
fn look_at(text: &str) {
    if let Err(errors) = parse("dev", Path::new("x.yaml"), text) {
        assert!(errors.len() > 0);
        let places: Vec<_> = errors.iter().map(|e| (e.line, e.column)).collect();
        assert!(places.is_sorted());
        for error in &errors {
            assert!(error.line >= 1 && error.column >= 1, "{error:?}");
            assert!(
                !error.reason.is_empty() && !error.remedy.is_empty(),
                "{error:?}"
            );
            assert!(!error.reason.contains("does not know why"), "{text:?}");
            let shown = error.to_string();
            assert!(
                shown.chars().all(|c| c == '\n' || !c.is_control()),
                "{shown:?}"
            );
        }
    }
}

fn real_files() -> Vec<String> {
    let mut texts: Vec<String> = ["dev.yaml", "prod.yaml"]
        .iter()
        .map(|name| std::fs::read_to_string(environments().join(name)).expect("it is there"))
        .collect();
    texts.extend([LEAST.to_owned(), COMPLETE.to_owned()]);
    texts
}

/// Pieces that YAML gives a meaning to.
const PIECES: [&str; 40] = [
    "\t", "\n", "\r", " ", "  ", ":", ": ", "- ", "[", "]", "{", "}", ",", "#", "&a ", "*a",
    "<<: *a\n", "!!str ", "!x ", "|\n", ">-\n", "'", "\"", "\\", "%", "@", "`", "?", "? ", "---\n",
    "...\n", "~", "null", "0x1F", "1e9", ".nan", "\u{feff}", "\u{202e}", "\u{0}", "é",
];

/// A change to a text: at a place, take some characters out and put a piece in.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, &'static str)>> {
    vec(
        (
            any::<prop::sample::Index>(),
            0..12_usize,
            select(&PIECES[..]),
        ),
        1..6,
    )
}

fn edited(text: &str, edits: &[(prop::sample::Index, usize, &'static str)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (place, gone, piece) in edits {
        let start = place.index(chars.len() + 1);
        let end = (start + gone).min(chars.len());
        chars.splice(start..end, piece.chars());
    }
    chars.into_iter().collect()
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        look_at(&text);
    }

    #[test]
    fn any_pieces_of_yaml_are_read_without_panic(pieces in vec(select(&PIECES[..]), 0..40)) {
        look_at(&pieces.concat());
    }

    #[test]
    fn real_files_with_slips_are_read_without_panic(text in select(real_files()), edits in edits()) {
        look_at(&edited(&text, &edits));
    }

    #[test]
    fn lines_out_of_place_are_read_without_panic(
        text in select(real_files()),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        indent in 0..6_usize,
    ) {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let line = lines.remove(from.index(lines.len()));
        let place = to.index(lines.len() + 1);
        lines.insert(place, format!("{}{}", " ".repeat(indent), line.trim_start()));
        look_at(&lines.join("\n"));
    }

    #[test]
    fn the_template_says_what_was_answered(answers in answers()) {
        let text = template(&answers);
        let read = must_parse(answers.environment.as_str(), &text);
        prop_assert_eq!(&read.name, &answers.environment);
        prop_assert_eq!(&read.project, &answers.project);
        prop_assert_eq!(&read.region, &answers.region);
        prop_assert_eq!(read.network.cidr, answers.cidr);
        prop_assert_eq!(&read.auth, &answers.auth);
        prop_assert_eq!(read.protect, answers.protect);
        prop_assert_eq!(read.services.len(), answers.services.len());
        for answer in &answers.services {
            let service = &read.services[&answer.name];
            prop_assert_eq!(&service.paths, &answer.paths);
            prop_assert_eq!(&service.table, &answer.table);
        }
        // And what is read is written and read again.
        prop_assert_eq!(must_parse(answers.environment.as_str(), &to_yaml(&read)), read);
    }

    #[test]
    fn settings_and_tags_survive_being_written(
        env in btree_map(string_regex("[A-Z][A-Z0-9_]{0,8}X").expect("a pattern"), ".{0,30}", 0..6),
        tags in btree_map(string_regex("t[a-z0-9 _.:/=+@-]{0,12}").expect("a pattern"), "[a-zA-Z0-9 _.:/=+@-]{0,20}", 0..6),
    ) {
        let mut environment = must_parse("dev", COMPLETE);
        let service = environment.services.values_mut().next().expect("there is one");
        for (name, value) in env {
            let name = VariableName::from_str(&name).expect("it is a name");
            if name.betrays_secret(&value).is_none() && !value.contains('\0') {
                service.env.insert(name, value);
            }
        }
        for (key, value) in tags {
            if let (Ok(key), Ok(value)) = (TagKey::from_str(&key), TagValue::from_str(&value)) {
                environment.tags.own.insert(key, value);
            }
        }
        prop_assert_eq!(must_parse("dev", &to_yaml(&environment)), environment);
    }

    #[test]
    fn overlap_is_what_a_common_path_proves(
        one in "/[ab*?]{0,6}",
        other in "/[ab*?]{0,6}",
        path in "/[ab]{0,8}",
    ) {
        let one = PathPattern::from_str(&one).expect("it is a pattern");
        let other = PathPattern::from_str(&other).expect("it is a pattern");
        let path = PathPattern::from_str(&path).expect("a path is a pattern of itself");
        // A path without wildcards overlaps a pattern exactly if the pattern matches it.
        let (a, b) = (one.overlaps(&path), other.overlaps(&path));
        prop_assert_eq!(a, glob(one.as_str().as_bytes(), path.as_str().as_bytes()));
        prop_assert_eq!(one.overlaps(&other), other.overlaps(&one));
        prop_assert!(!(a && b) || one.overlaps(&other));
        prop_assert!(!(one.covers(&other) && b) || a);
        prop_assert!(one.covers(&one));
        prop_assert!(!one.covers(&other) || one.overlaps(&other));
        prop_assert_eq!(one.covers(&path), a);
    }
}

/// Whether a pattern matches a path: the definition, slow and plain.
fn glob(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', rest @ ..] => (0..=path.len()).any(|skip| glob(rest, &path[skip..])),
        [b'?', rest @ ..] => !path.is_empty() && glob(rest, &path[1..]),
        [c, rest @ ..] => path.first() == Some(c) && glob(rest, &path[1..]),
    }
}

/// Names, including those that YAML would take for something else.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        string_regex("[a-z][a-z0-9]{1,6}(-[a-z0-9]{1,5})?").expect("a pattern"),
        select(vec![
            "null", "true", "false", "yes", "no", "on", "off", "inf", "nan"
        ])
        .prop_map(str::to_owned),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    let project = word().prop_filter_map("a project", |text| Project::from_str(&text).ok());
    let environment =
        word().prop_filter_map("a name", |text| EnvironmentName::from_str(&text).ok());
    let service = |name: String, extra: BTreeSet<String>, table: Option<String>| {
        // Paths that begin with the service's own name cannot meet another's.
        let mut paths = vec![format!("/{name}/*")];
        paths.extend(extra.into_iter().map(|path| format!("/{name}:{path}")));
        Some(ServiceAnswer {
            paths: paths
                .iter()
                .map(|path| path.parse().ok())
                .collect::<Option<_>>()?,
            // Tables are not shared, so each carries its service's name.
            table: match table {
                Some(table) => Some(TableName::from_str(&format!("{table}{name}")).ok()?),
                None => None,
            },
            name: ServiceName::from_str(&name).ok()?,
        })
    };
    let services = btree_map(
        word(),
        (
            btree_set("[a-zA-Z0-9_.$~\"'@+&-]{1,8}", 0..4),
            option::of("[a-zA-Z0-9_.-]{0,6}"),
        ),
        1..5,
    )
    .prop_filter_map("services", move |all| {
        all.into_iter()
            .map(|(name, (extra, table))| service(name, extra, table))
            .collect::<Option<Vec<_>>>()
    });
    let auth = (
        "https://[a-z]{1,8}\\.example\\.com/([!-~&&[^?#]]{0,10})",
        "[!-~]{1,20}",
    )
        .prop_filter_map("an issuer", |(issuer, audience)| {
            Some(Auth {
                issuer: Issuer::from_str(&issuer).ok()?,
                audience: Audience::from_str(&audience).ok()?,
            })
        });
    let region = select(vec![
        "us-east-1",
        "eu-central-1",
        "us-gov-west-1",
        "eusc-de-east-1",
    ])
    .prop_map(|text| Region::from_str(text).expect("it is a region"));
    let cidr = (0..=255_u8, 16..=19_u8).prop_map(|(second, prefix)| {
        Cidr::from_str(&format!("10.{second}.0.0/{prefix}")).expect("it is a block")
    });
    (
        environment,
        project,
        region,
        cidr,
        services,
        option::of(auth),
        any::<bool>(),
    )
        .prop_map(
            |(environment, project, region, cidr, services, auth, protect)| Answers {
                environment,
                project,
                region,
                cidr,
                services,
                protect: protect && auth.is_some(),
                auth,
            },
        )
}

#[test]
fn what_is_written_out_is_read_back() {
    for text in real_files() {
        let environment = must_parse("dev", &text);
        assert_eq!(must_parse("dev", &to_yaml(&environment)), environment);
    }
}

/// An editor that follows the schema must not be contradicted by the parser.
#[test]
fn texts_that_the_schema_allows_the_parser_accepts() {
    let service = "/properties/services/patternProperties/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/properties";
    allowed::<Project>("/properties/project");
    allowed::<Region>("/properties/region");
    allowed::<AccountId>("/properties/account");
    allowed::<BoundaryPolicy>("/properties/permissions_boundary");
    allowed::<Audience>("/properties/auth/properties/audience");
    allowed::<PathPattern>(&format!("{service}/paths/items"));
    allowed::<HealthPath>(&format!("{service}/health/anyOf/0"));
    allowed::<ContainerPath>(&format!(
        "{service}/volumes/patternProperties/^[A-Za-z0-9_-]+$"
    ));
    allowed::<User>(&format!("{service}/user/anyOf/0"));
    allowed::<GroupId>(&format!("{service}/security_groups/items"));
    allowed::<PolicyArn>(&format!("{service}/permissions/properties/policies/items"));
    let statement = format!("{service}/permissions/properties/allow/items/properties");
    allowed::<Action>(&format!("{statement}/actions/items"));
    allowed::<TableName>(&format!("{service}/table"));
    allowed::<TopicArn>("/properties/alarms/properties/notify/items");
}

fn allowed<T: FromStr<Err = Rejection>>(pointer: &str) {
    let schema = schema();
    let found = schema.pointer(pointer).expect("it is in the schema");
    let pattern = found["pattern"].as_str().expect("it has a pattern");
    let length = |key: &str| found[key].as_u64().expect("it has lengths") as usize;
    let lengths = length("minLength")..=length("maxLength");
    // The generator knows no anchors, and means the whole text.
    let texts = string_regex(&pattern[1..pattern.len() - 1]).expect("it is a pattern");
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let checked = TestRunner::new(config).run(&texts, |text| {
        let accepted = text.parse::<T>();
        // A few words of the right form are taken: they say so.
        let reserved = |r: &Rejection| r.reason.contains("begin with");
        prop_assert!(
            !lengths.contains(&text.len()) || accepted.as_ref().map_or_else(reserved, |_| true),
            "{text:?}"
        );
        Ok(())
    });
    assert!(checked.is_ok(), "{pointer}: {checked:?}");
}
