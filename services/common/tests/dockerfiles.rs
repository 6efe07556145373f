//! The images' rules, checked on their Dockerfiles: small, static, not root, and a health check without a shell.

use std::path::{Path, PathBuf};

const SERVICES: [&str; 2] = ["patient", "appointment"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The instructions, continued lines joined, comments left out.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    joined
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(name, rest)| {
            (
                name.to_owned(),
                rest.split_whitespace().collect::<Vec<_>>().join(" "),
            )
        })
        .collect()
}

fn last_stage(all: &[(String, String)]) -> &[(String, String)] {
    let start = all
        .iter()
        .rposition(|(name, _)| name == "FROM")
        .expect("a stage");
    &all[start..]
}

#[test]
fn the_last_stage_is_the_binary_and_certificates_and_nothing_else() {
    for service in SERVICES {
        let all = instructions(&read(&format!("Dockerfile.{service}")));
        let last = last_stage(&all);
        assert_eq!(last[0].1, "scratch");
        let copies: Vec<&str> = last
            .iter()
            .filter(|(name, _)| name == "COPY")
            .map(|(_, rest)| rest.as_str())
            .collect();
        let certificates = "/etc/ssl/certs/ca-certificates.crt";
        assert_eq!(
            copies,
            [
                format!("--from=build {certificates} {certificates}"),
                format!("--from=build /{service}-service /{service}-service"),
            ]
        );
        assert!(
            last.iter().all(|(name, _)| name != "RUN" && name != "ADD"),
            "a stage without a shell runs nothing"
        );
        assert!(
            all.iter()
                .any(|(name, rest)| name == "ENV" && rest.contains("+crt-static")),
            "a static binary"
        );
    }
}

#[test]
fn it_is_nobody_with_a_number_and_checks_its_own_health() {
    for service in SERVICES {
        let all = instructions(&read(&format!("Dockerfile.{service}")));
        let one = |wanted: &str| {
            let found: Vec<&str> = last_stage(&all)
                .iter()
                .filter(|(name, _)| name == wanted)
                .map(|(_, rest)| rest.as_str())
                .collect();
            assert_eq!(found.len(), 1, "{wanted} in Dockerfile.{service}");
            found[0].to_owned()
        };
        let user = one("USER");
        assert!(
            user.split(':')
                .all(|part| part.parse::<u32>().is_ok_and(|id| id >= 1000)),
            "{user}"
        );
        assert!(
            one("HEALTHCHECK").ends_with(&format!("CMD [\"/{service}-service\", \"--health\"]"))
        );
        assert_eq!(
            one("ENTRYPOINT"),
            format!("[\"/{service}-service\"]"),
            "no shell between the signal and the service"
        );
        assert_eq!(one("EXPOSE"), "3000");
        for label in [
            "title",
            "description",
            "source",
            "licenses",
            "version",
            "revision",
        ] {
            assert!(
                one("LABEL").contains(&format!("org.opencontainers.image.{label}=")),
                "{label}"
            );
        }
    }
}

#[test]
fn any_platform_and_a_pinned_toolchain() {
    let toolchain = read("rust-toolchain.toml");
    let channel = toolchain
        .lines()
        .find_map(|line| line.strip_prefix("channel = "))
        .expect("a channel")
        .trim_matches('"');
    for service in SERVICES {
        let text = read(&format!("Dockerfile.{service}"));
        let all = instructions(&text);
        assert_eq!(all[0].1, format!("rust:{channel}-alpine AS build"));
        for (_, rest) in &all {
            assert!(
                !["x86_64", "aarch64", "amd64", "arm64", "--platform"]
                    .iter()
                    .any(|one| rest.contains(one)),
                "{rest}"
            );
        }
    }
}

/// What a manifest can name beside its library and its programs, and where Cargo looks for it.
const TARGETS: [(&str, &str); 3] = [
    ("[[bench]]", "benches"),
    ("[[example]]", "examples"),
    ("[[test]]", "tests"),
];

#[test]
fn dependencies_have_a_layer_of_their_own_over_every_manifest() {
    let cargo = read("Cargo.toml");
    let members = cargo
        .lines()
        .find(|line| line.starts_with("members = "))
        .expect("members");
    for service in SERVICES {
        let all = instructions(&read(&format!("Dockerfile.{service}")));
        let place = |wanted: &str| {
            all.iter()
                .position(|(name, rest)| format!("{name} {rest}") == wanted)
        };
        let sources = place("COPY services services").expect("the sources");
        let builds: Vec<usize> = all
            .iter()
            .enumerate()
            .filter(|(_, (name, rest))| {
                name == "RUN"
                    && rest
                        .contains("cargo build --config services/release.toml --release --locked")
                    && rest.contains(&format!("-p {service}-service"))
            })
            .map(|(at, _)| at)
            .collect();
        assert_eq!(builds.len(), 2);
        assert!(builds[0] < sources && sources < builds[1]);
        let ignored = read(".dockerignore");
        for member in members.split('"').skip(1).step_by(2) {
            let copy = place(&format!("COPY {member}/Cargo.toml {member}/Cargo.toml"));
            assert!(
                copy.is_some_and(|at| at < builds[0]),
                "{member}'s manifest in Dockerfile.{service}"
            );
            let let_in = ignored.lines().any(|line| {
                line == format!("!{member}") || line == format!("!{member}/Cargo.toml")
            });
            assert!(let_in, "{member} in .dockerignore");
            // Cargo refuses a manifest that names a target whose file is not there.
            let manifest = read(&format!("{member}/Cargo.toml"));
            for (header, directory) in TARGETS {
                for target in manifest.split(header).skip(1) {
                    let name = target.split('"').nth(1).expect("a target has a name");
                    let file = format!("{member}/{directory}/{name}.rs");
                    let made = all[builds[0]].1.contains(&file) || member.starts_with("services");
                    assert!(made, "{file} in Dockerfile.{service}");
                }
            }
        }
    }
}
