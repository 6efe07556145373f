//! What `hcctl init` writes.

use super::super::{Answers, Auth, ServiceAnswer, template};

fn answers(protect: bool) -> Answers {
    let service = |name: &str, path: &str, table: Option<&str>| ServiceAnswer {
        name: name.parse().expect("a name"),
        paths: vec![path.parse().expect("a pattern")],
        table: table.map(|table| table.parse().expect("a table's name")),
    };
    Answers {
        environment: if protect { "prod" } else { "dev" }
            .parse()
            .expect("a name"),
        project: "clinic".parse().expect("a name"),
        region: "eu-central-1".parse().expect("a region"),
        cidr: "10.7.0.0/16".parse().expect("a block"),
        services: vec![
            service("patient", "/api/patients*", Some("patients")),
            service("web", "/index.html", None),
        ],
        auth: protect.then(|| Auth {
            issuer: "https://auth.example.com/".parse().expect("an issuer"),
            audience: "clinic-api".parse().expect("an audience"),
        }),
        protect,
    }
}

#[test]
fn the_template_is_a_pleasure_to_read() {
    for (name, protect) in [("template_dev", false), ("template_prod", true)] {
        let text = template(&answers(protect));
        super::must_parse("dev", &text);
        super::golden(name, &text);
    }
}
