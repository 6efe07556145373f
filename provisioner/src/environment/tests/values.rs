//! What files mean: the numbers of dev and prod, the defaults, and how values relate.

use std::str::FromStr as _;

use super::super::{
    Cidr, Count, Cpu, Environment, Memory, Nat, PathPattern, Percent, Priority, SecretArn,
    SecretStore, Strategy, TagKey, TagValue, to_yaml,
};
use super::{COMPLETE, LEAST, environments, must_parse};

fn own(name: &str) -> Environment {
    let path = environments().join(format!("{name}.yaml"));
    must_parse(
        name,
        &std::fs::read_to_string(path).expect("the file is there"),
    )
}

/// The sizes that the two environments of the repository must have.
#[test]
fn dev_and_prod_are_the_seeds() {
    for (name, cidr, cpu, memory, count, max, days, nat) in [
        ("dev", "10.0.0.0/16", 256, 512, 1, 2, 7, Nat::Single),
        // Security Hub CloudWatch.16 asks for 365 days of logs in production.
        ("prod", "10.1.0.0/16", 512, 1024, 2, 6, 365, Nat::PerZone),
    ] {
        let environment = own(name);
        assert_eq!(environment.prefix(), format!("healthcare-app-{name}"));
        assert_eq!(environment.network.cidr.to_string(), cidr);
        assert_eq!(environment.network.nat, nat);
        assert_eq!(environment.logs.retention_days.get(), days);
        assert_eq!(environment.registry.keep_images.get(), 5);
        assert_eq!(environment.services.len(), 2);
        for (service, found) in &environment.services {
            assert_eq!(found.paths[0].as_str(), format!("/api/{service}s*"));
            assert_eq!((found.cpu.get(), found.memory.get()), (cpu, memory));
            assert_eq!((found.count.get(), found.scale.max.get()), (count, max));
            assert_eq!(found.scale.min, found.count);
            assert_eq!(
                (found.port.get(), found.health.path.as_str()),
                (3000, "/health")
            );
        }
    }
    assert!(!own("dev").protect && own("prod").protect);
    assert!(!own("prod").network.cidr.overlaps(own("dev").network.cidr));
    assert!(own("prod").deployment.strategy.shifts_traffic());
}

#[test]
fn the_least_file_is_a_small_development_environment() {
    let least = must_parse("dev", LEAST);
    let service = least.services.values().next().expect("there is one");
    assert_eq!((service.cpu.get(), service.memory.get()), (256, 512));
    assert_eq!((service.scale.min.get(), service.scale.max.get()), (1, 2));
    assert_eq!(least.deployment.strategy, Strategy::Rolling);
    super::golden("least", &to_yaml(&least));
}

#[test]
fn defaults_follow_what_they_depend_on() {
    let service = |text: &str| {
        let environment = must_parse("dev", &LEAST.replace("*\"]", &format!("*\"], {text}")));
        environment
            .services
            .into_values()
            .next()
            .expect("there is one")
    };
    for cpu in Cpu::offered() {
        assert_eq!(service(&format!("cpu: {cpu}")).memory, cpu.least_memory());
    }
    let five = service("count: 5");
    assert_eq!((five.scale.min.get(), five.scale.max.get()), (5, 5));
    let eight = service("scale: { max: 8 }");
    assert_eq!((eight.scale.min.get(), eight.scale.max.get()), (1, 8));
    assert_eq!(eight.scale.cpu_percent.get(), 70);
}

#[test]
fn rules_are_numbered_in_the_files_order_around_chosen_numbers() {
    let text = "project: app\nregion: us-east-1\nnetwork: { cidr: 10.0.0.0/16 }\nservices:\n  \
         patient: { paths: [/p] }\n  appointment: { paths: [/a] }\n  zoo: { paths: [/z], priority: 200 }\n  bee: { paths: [/b] }\n";
    let environment = must_parse("dev", text);
    let number = |name: &str| {
        environment.services[&name.parse().expect("a name")]
            .priority
            .get()
    };
    assert_eq!(
        ["patient", "appointment", "zoo", "bee"].map(number),
        [100, 300, 200, 400]
    );
}

#[test]
fn settings_reach_the_container_as_they_are_written() {
    let environment = must_parse("dev", COMPLETE);
    let service = &environment.services[&"patient".parse().expect("a name")];
    let shown: Vec<String> = service
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        shown,
        [
            "EMPTY=",
            "RUST_LOG=info",
            "VERBOSE=true",
            "WORKERS=4",
            "ZIP=0123"
        ]
    );
}

#[test]
fn anchors_and_merge_keys_work() {
    let environment = must_parse(
        "dev",
        "
project: app
region: us-east-1
network: { cidr: 10.0.0.0/16 }
services:
  patient: &size { paths: [/p], cpu: 512, memory: 2048 }
  appointment: { <<: *size, paths: [/a] }
",
    );
    let sizes: Vec<u32> = environment
        .services
        .values()
        .map(|s| s.memory.get())
        .collect();
    assert_eq!(sizes, [2048, 2048]);
}

/// As Terraform's `cidrsubnet(cidr, 8, n)` and `cidrsubnet(cidr, 8, n + 10)`.
#[test]
fn subnets_are_those_of_the_terraform_function() {
    let shown = |environment: &Environment| -> Vec<String> {
        let row = |public| if public { "public" } else { "private" };
        let numbers: Vec<u8> = (1..).take(environment.network.zones.count()).collect();
        let subnets = environment.network.subnets(&numbers);
        subnets
            .iter()
            .map(|s| format!("{}-{} {}", row(s.public), s.number, s.cidr))
            .collect()
    };
    assert_eq!(
        shown(&own("dev")),
        [
            "public-1 10.0.1.0/24",
            "public-2 10.0.2.0/24",
            "private-1 10.0.11.0/24",
            "private-2 10.0.12.0/24",
        ]
    );
    assert_eq!(
        shown(&must_parse("dev", COMPLETE)),
        [
            "public-1 10.2.0.64/26",
            "public-2 10.2.0.128/26",
            "public-3 10.2.0.192/26",
            "private-1 10.2.2.192/26",
            "private-2 10.2.3.0/26",
            "private-3 10.2.3.64/26",
        ]
    );
    let block = |text: &str| text.parse::<Cidr>().expect("a block");
    assert_eq!(
        block("10.0.0.0/16").subnet(255),
        Some(block("10.0.255.0/24"))
    );
    assert_eq!(block("10.0.0.0/20").subnet(0), None);
    assert!(block("10.0.0.0/16").overlaps(block("10.0.255.0/24")));
    assert!(!block("10.0.0.0/24").overlaps(block("10.0.1.0/24")));
}

/// Every pair of ECS's table, and no other.
#[test]
fn fargate_sizes_are_the_tables() {
    let pairs = |cpu: i128| -> Vec<u32> {
        let cpu = Cpu::try_from(cpu).expect("it is offered");
        cpu.memories().iter().map(|memory| memory.get()).collect()
    };
    assert_eq!(pairs(256), [512, 1024, 2048]);
    assert_eq!(pairs(512), [1024, 2048, 3072, 4096]);
    let ends = |cpu| {
        let all = pairs(cpu);
        (all[0], all[1] - all[0], all[all.len() - 1], all.len())
    };
    assert_eq!(ends(1024), (2048, 1024, 8192, 7));
    assert_eq!(ends(2048), (4096, 1024, 16384, 13));
    assert_eq!(ends(4096), (8192, 1024, 30720, 23));
    assert_eq!(ends(8192), (16384, 4096, 61440, 12));
    assert_eq!(ends(16384), (32768, 8192, 122_880, 12));
    for cpu in Cpu::offered() {
        for mib in (0..=131_072).step_by(512) {
            let fits = Memory::try_from(i128::from(mib)).is_ok_and(|m| m.goes_with(cpu).is_ok());
            assert_eq!(
                fits,
                cpu.memories().iter().any(|m| m.get() == mib),
                "{cpu} {mib}"
            );
        }
    }
}

#[test]
fn strategies_have_their_own_settings() {
    for (text, wanted) in [
        ("{}", "Rolling"),
        (
            "{ strategy: blue_green }",
            "BlueGreen { bake_minutes: Minutes(10) }",
        ),
        (
            "{ strategy: canary, percent: 0.1, bake_minutes: 0 }",
            "Canary { percent: TrafficPercent { tenths: 1 }, canary_minutes: Minutes(10), bake_minutes: Minutes(0) }",
        ),
        (
            "{ strategy: linear, step_percent: 12.50, step_minutes: 1440 }",
            "Linear { step_percent: TrafficPercent { tenths: 125 }, step_minutes: Minutes(1440), bake_minutes: Minutes(10) }",
        ),
    ] {
        let environment = must_parse("dev", &format!("{LEAST}deployment: {text}\n"));
        assert_eq!(format!("{:?}", environment.deployment.strategy), wanted);
        assert_eq!(must_parse("dev", &to_yaml(&environment)), environment);
    }
}

#[test]
fn numbers_keep_within_their_ranges() {
    assert!(Percent::try_from(0).is_err() && Percent::try_from(1).is_ok());
    assert!(Percent::try_from(100).is_ok() && Percent::try_from(101).is_err());
    assert!(Count::try_from(i128::MAX).is_err() && Count::try_from(i128::MIN).is_err());
    assert!(Priority::try_from(50_000).is_ok());
}

#[test]
fn secrets_know_their_store_and_what_a_policy_names() {
    let secret = |text: &str| text.parse::<SecretArn>().expect("an ARN");
    let one = secret("arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf:login::");
    assert_eq!(one.store(), SecretStore::SecretsManager);
    assert_eq!(
        one.resource(),
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf"
    );
    let other = secret("arn:aws:ssm:us-east-1:123456789012:parameter/app/maps");
    assert_eq!(other.store(), SecretStore::ParameterStore);
    assert_eq!(other.resource(), other.as_str());
    assert!(
        "arn:aws:ssm:us-east-1:123456789012:parameter/"
            .parse::<SecretArn>()
            .is_err()
    );
}

#[test]
fn settings_that_only_speak_of_secrets_are_allowed() {
    let env = |name: &str, value: &str| {
        super::dev(&format!(
            "{}    env: {{ {name}: \"{value}\" }}\n",
            LEAST.replace("{ paths: [\"/api/patients*\"] }", "\n    paths: [/p]")
        ))
    };
    for (name, value) in [
        ("TOKEN_TTL_SECONDS", "300"),
        ("DB_PASSWORD_FILE", "/run/x"),
        ("TOKEN_URL", "https://auth.example.com/token"),
        (
            "SECRET_ARN",
            "arn:aws:ssm:us-east-1:123456789012:parameter/x",
        ),
        ("KEYBOARD", "qwertz"),
        ("DATABASE_URL", "postgres://app@db/patients"),
        ("CALLBACK", "https://example.com/a:b@c"),
        ("CONTACT", "mailto:a@example.com,https://example.com"),
        ("PROXY", "http://app@proxy:3128 http://b@proxy:3128"),
        ("PLUGINS", "npm_config_prefix_of_the_image"),
        ("BUCKET", "sk-project-uploads-of-the-shop"),
        (
            "IMAGE",
            "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ),
        ("ID", "AIza"),
    ] {
        assert!(env(name, value).is_ok(), "{name}");
    }
    for (name, value) in [
        ("TOKEN", "300"),
        ("Db_Password", "x"),
        ("GITHUB", "ghp_0123456789012345678901234567890123"),
        ("X", "key=AKIAIOSFODNN7EXAMPLE;"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("JWT", "eyJhbGciOiJIUzI1NiJ9.e30.abc"),
        ("REDIS", "redis://:pw@cache:6379/0"),
        ("HOSTS", "mongodb://one,mongodb://app:pw@two/db"),
        ("HEADER", "Bearer ghp_0123456789012345678901234567890123"),
        ("STRIPE", "sk_live_51H0123456789abcdef"),
        ("STRIPE_HOOK", "whsec_0123456789abcdef0123456789"),
        ("SLACK", "xoxb-123456789012-123456789012-abcdef"),
        (
            "CHANNEL",
            "https://hooks.slack.com/services/T0000/B0000/XXXXXXXX",
        ),
        ("MAPS", "AIzaSyA0123456789abcdefghijklmnopqrstuv"),
        ("MAIL", "SG.0123456789abcdef.0123456789abcdef"),
        ("CERT", "-----BEGIN RSA PRIVATE KEY-----"),
    ] {
        let errors = env(name, value).expect_err(name).to_string();
        assert!(!errors.contains(value), "{errors}");
    }
}

#[test]
fn a_pattern_covers_what_is_within_it() {
    let pattern = |text: &str| text.parse::<PathPattern>().expect("a pattern");
    for (wide, narrow, covers, overlaps) in [
        ("/api/*", "/api/patients*", true, true),
        ("/api/patients*", "/api/*", false, true),
        ("/api/patients*", "/api/appointments*", false, false),
        ("/a?c", "/abc", true, true),
        ("/a?c", "/a*c", false, true),
        ("*", "/anything", true, true),
        ("/*/b", "/a/*", false, true),
        ("/a*", "/A*", false, false),
    ] {
        let (one, other) = (pattern(wide), pattern(narrow));
        assert_eq!(one.covers(&other), covers, "{wide} covers {narrow}");
        assert_eq!(one.overlaps(&other), overlaps, "{wide} overlaps {narrow}");
    }
}

/// AWS's pattern is `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`: marks and symbols are no letters, whatever they look like.
#[test]
fn tags_have_the_characters_of_the_services_pattern() {
    for (text, fits) in [
        ("care", true),
        ("\u{e9}t\u{e9} 2026", true),
        ("\u{2102}", true),
        ("\u{96a}\u{968}", true),
        ("a\u{a0}b", true),
        ("_.:/=+-@", true),
        ("cafe\u{301}", false),
        ("\u{24b6}", false),
        ("\u{2100}", false),
        ("a&b", false),
        ("\u{1f600}", false),
    ] {
        assert_eq!(TagKey::from_str(text).is_ok(), fits, "key {text:?}");
        assert_eq!(TagValue::from_str(text).is_ok(), fits, "value {text:?}");
    }
}
