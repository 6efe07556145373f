//! What pictures and pages show, without a browser: `tests/picture/` opens them in one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hcctl::environment::Environment;
use hcctl::picture::scene::{Node, Service};
use hcctl::picture::{Mark, Scene, Subject};
use hcctl::price::Cost;
use hcctl::render::html;
use hcctl::render::{Header, PlanView};
use hcctl::resources::KINDS;
use hcctl_engine::Plan;
use hcctl_engine::drive::catalog;
use hcctl_sandbox::{ACCOUNT, Settings};

use crate::support::place::Place;
use crate::support::world::{World, environments, load, parse, text};

fn scene(environment: &Environment, plan: &Plan) -> Scene {
    Scene::of(&Subject {
        project: environment.project.as_ref(),
        environment: environment.name.as_ref(),
        account: ACCOUNT,
        region: environment.region.as_ref(),
        plan,
        images: BTreeMap::new(),
    })
}

/// Dev as a new account plans it.
async fn new() -> Scene {
    let environment = load("dev");
    let plan = World::new(Settings::instant()).plan(&environment).await;
    scene(&environment, &plan)
}

#[tokio::test]
async fn dev_as_svg() {
    insta::assert_snapshot!("picture_dev_svg", new().await.svg());
}

#[tokio::test]
async fn dev_as_dot() {
    let dot = new().await.dot();
    insta::assert_snapshot!("picture_dev_dot", dot);
    // Words of the language are no names, in upper case neither.
    for line in dot.lines().filter(|line| line.contains("->")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for word in ["node", "edge", "graph", "digraph", "subgraph", "strict"] {
            assert!(!words[..3].contains(&word), "{line}");
        }
    }
}

#[tokio::test]
async fn dev_as_mermaid() {
    insta::assert_snapshot!("picture_dev_mermaid", new().await.mermaid());
}

/// `UPDATE_PICTURE=1 cargo test --workspace --test it readme` draws it anew.
#[tokio::test]
async fn the_picture_in_the_readme_is_current() {
    let environment = load("prod");
    let world = World::settled(Settings::instant(), &environment).await;
    for service in environment.services.keys() {
        world.deploy(&environment, service.as_str()).await;
    }
    let plan = world.plan(&environment).await;
    let svg = scene(&environment, &plan).svg();
    let path = environments().join("../docs/src/prod.svg");
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        std::fs::write(&path, &svg).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept, svg, "draw it anew: see this test's words");
}

/// All boxes of a scene.
fn nodes(scene: &Scene) -> impl Iterator<Item = &Node> {
    let zones = scene.zones.iter();
    let zones = zones.flat_map(|zone| [&zone.public, &zone.private, &zone.nat]);
    let single = [&scene.network, &scene.gateway, &scene.edge, &scene.cluster];
    let nodes = single.into_iter().chain(zones).flatten();
    nodes
        .chain(&scene.cards)
        .chain(scene.services.iter().map(|one| &one.node))
        .chain(scene.tables.iter().map(|one| &one.node))
        .chain(scene.endpoints.iter().map(|one| &one.node))
}

/// All resources in the boxes together.
fn parts(scene: &Scene) -> Vec<(Mark, String)> {
    let parts = nodes(scene).flat_map(|node| &node.parts);
    parts
        .map(|(mark, address)| (*mark, address.to_string()))
        .collect()
}

/// Every resource of a plan is in exactly one box, with its own mark; answers what fits nowhere else.
fn complete(scene: &Scene, plan: &Plan) -> BTreeSet<String> {
    let mut drawn = parts(scene);
    drawn.sort_by(|a, b| a.1.cmp(&b.1));
    let mut planned: Vec<(Mark, String)> = plan
        .changes
        .iter()
        .map(|change| (Mark::of(change.action), change.address.to_string()))
        .collect();
    planned.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(drawn, planned);
    let other = scene
        .cards
        .iter()
        .filter(|card| card.title == "beside the picture");
    other
        .flat_map(|card| card.parts.iter().map(|(_, address)| address.to_string()))
        .collect()
}

fn service<'a>(scene: &'a Scene, name: &str) -> &'a Service {
    let found = scene.services.iter().find(|one| one.name == name);
    found.unwrap_or_else(|| panic!("no service {name}"))
}

#[tokio::test]
async fn every_resource_is_in_one_box() {
    for name in ["dev", "prod"] {
        let environment = load(name);
        let world = World::new(Settings::instant());
        let plan = world.plan(&environment).await;
        let fresh = scene(&environment, &plan);
        assert_eq!(complete(&fresh, &plan), BTreeSet::new());
        assert!(parts(&fresh).iter().all(|(mark, _)| *mark == Mark::Create));
        world.converge(&environment).await;
        let plan = world.plan(&environment).await;
        let settled = scene(&environment, &plan);
        assert_eq!(complete(&settled, &plan), BTreeSet::new());
        assert!(parts(&settled).iter().all(|(mark, _)| *mark == Mark::Keep));
        assert_eq!(settled.outcome, "no changes");
        let end = world.end(&environment).await;
        let gone = scene(&environment, &end);
        assert_eq!(complete(&gone, &end), BTreeSet::new());
        assert!(parts(&gone).iter().all(|(mark, _)| *mark == Mark::Delete));
        let cost = gone.costs.after().expect("prices of us-east-1");
        assert_eq!(cost.text(), "$0.00", "what goes costs nothing");
    }
}

#[tokio::test]
async fn a_change_shows_where_it_is() {
    let environment = load("dev");
    let world = World::settled(Settings::instant(), &environment).await;
    world.deploy(&environment, "patient").await;
    let changed = text("dev")
        .replace("nat: single", "nat: per_zone")
        .replacen("cpu: 256 ", "cpu: 512 ", 1)
        .replacen("memory: 512", "memory: 2048", 1)
        .replacen("max: 2", "max: 5", 1)
        .replace("table: appointments", "table: visits");
    let environment = parse("dev", &changed);
    let plan = world.plan(&environment).await;
    let scene = scene(&environment, &plan);
    assert_eq!(complete(&scene, &plan), BTreeSet::new());

    let nats: Vec<Mark> = scene
        .zones
        .iter()
        .map(|zone| zone.nat.as_ref().expect("a gateway in each").mark())
        .collect();
    assert_eq!(nats, [Mark::Keep, Mark::Create]);
    let ways: Vec<_> = scene.zones.iter().map(|zone| zone.way_out).collect();
    assert_eq!(ways, [Some(0), Some(1)]);

    let patient = service(&scene, "patient");
    assert_eq!(patient.node.mark(), Mark::Update);
    assert_eq!(patient.size, "0.5 vCPU, 2 GB");
    assert_eq!(
        patient.was.as_deref(),
        Some("was 0.25 vCPU, 0.5 GB, 1 to 2 tasks")
    );
    assert_eq!(patient.tasks, Some((1, 5)));
    assert_eq!(patient.image, "image v1");
    let waiting = service(&scene, "appointment");
    assert_eq!(waiting.image, "waits for its first deploy");
    let tables: Vec<(&str, Mark)> = scene
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.node.mark()))
        .collect();
    let expected = [
        ("appointments", Mark::Delete),
        ("patients", Mark::Keep),
        ("visits", Mark::Create),
    ];
    assert_eq!(tables, expected);
    assert_eq!((patient.table, waiting.table), (Some(1), Some(2)));

    let svg = scene.svg();
    for shown in ["was 0.25 vCPU, 0.5 GB", "badge delete", "badge create", "~"] {
        assert!(svg.contains(shown), "{shown}");
    }
}

/// No cost is on two boxes or on none.
#[tokio::test]
async fn the_boxes_cost_together_what_the_picture_says() {
    // prod: 730 * (0.5 * 0.04048 + 0.004445) = 18.02005 a task; two are 36.04, six 108.12.
    // 2 * 36.04 + 2 * 32.85 + 16.43 + 4 * 3.65 + 12 * 0.10 + 3.00 = 173.01; 2 * (108.12 - 36.04) more are 317.17.
    for (name, text) in [("dev", "$82.05 to $100.07"), ("prod", "$173.01 to $317.17")] {
        let environment = load(name);
        let plan = World::new(Settings::instant()).plan(&environment).await;
        let scene = scene(&environment, &plan);
        let costs = nodes(&scene).filter_map(|node| node.cost);
        let together = costs.reduce(Cost::and);
        assert_eq!(together, scene.costs.after());
        assert_eq!(together.unwrap().text(), text, "{name}");
    }
}

#[tokio::test]
async fn other_regions_have_no_prices_and_say_so() {
    let elsewhere = text("dev").replace("region: us-east-1", "region: eu-west-1");
    let environment = parse("dev", &elsewhere);
    let plan = World::new(Settings::instant()).plan(&environment).await;
    let svg = scene(&environment, &plan).svg();
    let svg = svg.replace('\n', " ");
    assert!(
        svg.contains("Prices of eu-west-1 are not known to hcctl."),
        "{svg}"
    );
    assert!(!svg.contains('$'), "{svg}");
}

/// The values of a new environment that a page shows are all text, whatever is in them.
#[tokio::test]
async fn nothing_in_a_file_becomes_an_element() {
    let nasty = "</style></svg><script>alert(1)</script>";
    let changed = text("dev").replace("RUST_LOG: info", &format!("RUST_LOG: {nasty:?}"));
    let environment = parse("dev", &changed);
    let plan = World::new(Settings::instant()).plan(&environment).await;
    let scene = scene(&environment, &plan);
    let view = PlanView {
        header: Header {
            project: nasty.to_owned(),
            environment: "dev".to_owned(),
            account: ACCOUNT.to_owned(),
            caller: format!("arn:aws:iam::{ACCOUNT}:user/maria"),
            region: "us-east-1".to_owned(),
            file: nasty.to_owned(),
            api_calls: None,
            took: Duration::ZERO,
        },
        plan: &plan,
        catalog: &catalog(KINDS),
        notes: &[],
        findings: None,
        costs: None,
    };
    let picture = scene.svg();
    let mut page = Vec::new();
    html::plan(&view, &picture, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("&lt;script&gt;"));
    assert!(!page.contains("<script"), "{page}");
    assert_eq!(page.matches("</svg>").count(), 1);
}

#[test]
fn graph_draws_and_writes() {
    let place = Place::new();
    let svg = place.expect(0, "--sandbox graph dev").out;
    assert!(svg.starts_with("<svg xmlns="), "{svg}");
    assert!(svg.ends_with("</svg>\n"));
    assert_eq!(place.expect(0, "--sandbox graph dev --format svg").out, svg);
    for (name, begins) in [("a.dot", "digraph"), ("a.mmd", "flowchart")] {
        place.expect(0, &format!("--sandbox graph dev --out {name}"));
        let text = place.read(name);
        assert!(text.contains(begins), "{text}");
    }
    place
        .expect(3, "--sandbox graph dev --out a.png")
        .says(&["cannot be drawn as .png", ".svg, .dot or .mmd"]);
    let ran = place.expect(0, "--sandbox graph dev --out dev.svg");
    assert_eq!(ran.out, "");
    ran.says(&["Drawn to dev.svg."]);
    let written = std::fs::read_to_string(place.path("dev.svg")).unwrap();
    assert_eq!(written, svg);
    place
        .expect(0, "--sandbox graph dev --format mermaid")
        .shows(&["flowchart TB"]);
    place
        .expect(0, "--sandbox graph dev --format dot")
        .shows(&["digraph hcctl {"]);
    place
        .expect(1, "--sandbox graph dev --out no/such/dir.svg")
        .says(&["cannot write the picture to no/such/dir.svg"]);
}

#[test]
fn a_plan_is_a_page() {
    let place = Place::new();
    let ran = place.expect(0, "--sandbox plan dev --format html --out p.json");
    ran.shows(&[
        "<!doctype html>",
        "<svg xmlns=",
        "Fixed, in dollars a month",
        "55",
    ]);
    assert!(!ran.out.contains("<script"));
    assert!(place.path("p.json").exists());
    place.expect(2, "--sandbox plan dev --format html --detailed-exitcode");
}

#[test]
fn forms_that_a_verb_does_not_have_are_refused() {
    let place = Place::new();
    for words in [
        "apply dev --yes --format html",
        "status dev --format svg",
        "validate --format html",
        "plan dev --format dot",
        "push dev --tag v1 --format mermaid",
    ] {
        let ran = place.expect(3, &format!("--sandbox {words}"));
        assert_eq!(ran.out, "", "{words}");
        ran.says(&["has no form", "hint:", "are there for it"]);
    }
    for form in ["json", "markdown", "html"] {
        place
            .expect(3, &format!("--sandbox graph dev --format {form}"))
            .says(&[
                &format!("graph has no form {form}"),
                "human, svg, dot and mermaid",
            ]);
    }
    assert!(!place.path(".hcctl").exists(), "nothing was called");
}
