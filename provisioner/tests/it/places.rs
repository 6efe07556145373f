//! Every partition, and zones that cannot be used.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use hcctl::aws::partition::PARTITIONS;
use hcctl_sandbox::{Quotas, Settings, Zone};
use serde_json::Value;

use crate::support::place::Place;
use crate::support::served::Served;
use crate::support::world::{World, lines, parse, text};

/// A region of each partition.
const REGIONS: [&str; 8] = [
    "eu-central-1",
    "cn-northwest-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
];

/// dev there, deploying blue/green, which needs one role more.
fn dev_in(region: &str) -> String {
    let dev = text("dev").replace("us-east-1", region);
    assert!(dev.contains(region));
    dev
}

#[tokio::test]
async fn the_whole_life_works_in_every_partition() {
    for region in REGIONS {
        let environment = parse("dev", &dev_in(region));
        let settings = Settings {
            quotas: Quotas::none(),
            ..Settings::instant()
        };
        let world = World::settled(settings, &environment).await;
        let image = world.deploy(&environment, "patient").await;
        let suffix = PARTITIONS
            .iter()
            .find(|partition| region.starts_with(partition.prefix))
            .unwrap()
            .dns_suffix;
        let host = format!("123456789012.dkr.ecr.{region}.{suffix}/");
        assert!(image.starts_with(&host), "{image}");
        let end = world.end(&environment).await;
        let report = world.apply(&environment, &end).await;
        assert!(report.complete(), "{region}: {:#?}", report.failed);
        let left = world.end(&environment).await;
        assert!(left.is_empty(), "{region}: {:?}", lines(&left));
    }
}

#[test]
fn the_verbs_work_in_another_partition() {
    let (_served, place) = Served::with_place();
    for region in ["cn-north-1", "us-gov-west-1"] {
        place.write("environments/dev.yaml", &dev_in(region));
        place.expect(0, "apply dev --yes");
        place.expect(0, "plan dev --detailed-exitcode");
        place.expect(0, "drift dev");
        place.expect(0, "destroy dev --yes");
        place.expect(2, "plan dev --detailed-exitcode");
    }
}

/// What botocore ships of AWS's published partitions; nothing where there is no moto.
fn published() -> Option<Value> {
    let moto = std::env::var_os("HCCTL_MOTO").filter(|path| !path.is_empty())?;
    let python = Path::new(&moto).with_file_name("python");
    let script = "import botocore, json, pathlib\n\
        data = pathlib.Path(botocore.__file__).parent / 'data'\n\
        read = lambda name: json.loads((data / name).read_text())\n\
        iam = {p['partition']: p['services'].get('iam', {}).get('endpoints', {}) for p in read('endpoints.json')['partitions']}\n\
        print(json.dumps({'partitions': read('partitions.json')['partitions'], 'iam': iam}))";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_partitions_are_those_that_aws_publishes() {
    let Some(published) = published() else {
        return;
    };
    let ours: BTreeMap<&str, _> = PARTITIONS.iter().map(|one| (one.name, one)).collect();
    let theirs = published["partitions"].as_array().unwrap();
    assert_eq!(theirs.len(), ours.len());
    for partition in theirs {
        let name = partition["id"].as_str().unwrap();
        let our = ours
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in the table"));
        assert_eq!(partition["outputs"]["dnsSuffix"], our.dns_suffix, "{name}");
        for region in partition["regions"].as_object().unwrap().keys() {
            if region.ends_with("-global") {
                continue;
            }
            let found = hcctl::aws::partition::Partition::of(region);
            assert_eq!(found.name, name, "{region}");
        }
        // Where requests to IAM are signed for, as far as the list tells.
        let endpoints = published["iam"][name].as_object();
        let mut scopes = endpoints
            .into_iter()
            .flat_map(|endpoints| endpoints.values())
            .filter_map(|endpoint| endpoint["credentialScope"]["region"].as_str());
        assert!(
            scopes.all(|region| region == our.global_region),
            "{name}: {endpoints:?}"
        );
    }
}

#[test]
fn zones_that_cannot_be_used_are_passed_over_with_a_remark() {
    let zone = |letter: &str, number: u8, state: &str| Zone {
        state: state.to_owned(),
        ..Zone::new(format!("us-east-1{letter}"), format!("use1-az{number}"))
    };
    let zones = vec![
        zone("a", 4, "unavailable"),
        zone("b", 6, "available"),
        zone("c", 1, "available"),
    ];
    let served = Served::start(Settings {
        zones: BTreeMap::from([("us-east-1".to_owned(), zones)]),
        ..Settings::instant()
    });
    let place = Place::new().at(&served.url());
    let remark = "passes over us-east-1a (use1-az4), because AWS says that it is unavailable";
    place
        .expect(0, "plan dev")
        .shows(&[remark, "public-b, public-c"]);
    place
        .run("doctor dev")
        .shows(&["3 zones, 2 wanted", "passes over us-east-1a"]);
    place.expect(0, "apply dev --yes");
    place.expect(0, "plan dev --detailed-exitcode");
    // By id, and none that the region does not offer.
    let list = |zones: &str| {
        let dev = text("dev").replace("zones: 2", &format!("zones: {zones}"));
        place.write("environments/dev.yaml", &dev);
    };
    list("[use1-az6, us-east-1c]");
    place.expect(0, "plan dev --detailed-exitcode");
    list("[use1-az6, use1-az4]");
    let ran = place.expect(4, "plan dev");
    ran.says(&[
        "availability zone us-east-1a (use1-az4) cannot be used",
        "us-east-1c (use1-az1)",
    ]);
    list("[use1-az6, eu-west-1a]");
    place
        .expect(3, "plan dev")
        .says(&["`eu-west-1a` is not in the region us-east-1"]);
}

#[test]
fn a_zone_without_fargate_is_not_chosen() {
    let (served, place) = Served::with_place();
    drop(served);
    let zones = [("a", 3), ("c", 1), ("d", 2)];
    let zones = zones.map(|(letter, number): (&str, u8)| {
        Zone::new(
            format!("ap-northeast-1{letter}"),
            format!("apne1-az{number}"),
        )
    });
    let served = Served::start(Settings {
        zones: BTreeMap::from([("ap-northeast-1".to_owned(), zones.into())]),
        ..Settings::instant()
    });
    let place = place.at(&served.url());
    place.write("environments/dev.yaml", &dev_in("ap-northeast-1"));
    let remark = "passes over ap-northeast-1a (apne1-az3), because Fargate runs no tasks there";
    place
        .expect(0, "plan dev")
        .shows(&[remark, "public-c, public-d"]);
    place.expect(0, "apply dev --yes");
}
