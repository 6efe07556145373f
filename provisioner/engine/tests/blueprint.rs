//! The desired graph: what it holds, in which order, and what it cannot be.
#![allow(clippy::unwrap_used)]

use hcctl_engine::blueprint::BlueprintError;
use hcctl_engine::{Address, Blueprint, Doc, Link};
use serde_json::{Value, json};

/// A graph of names in kind `it`, each with the names that it links to.
fn graph(wanted: &[(&str, &[&str])]) -> Result<Blueprint, BlueprintError> {
    let mut builder = Blueprint::builder();
    for (name, links) in wanted {
        let links: Vec<Link> = links.iter().map(|to| Link::to("it", *to)).collect();
        let doc: Value = json!({ "links": links });
        builder.want_doc(Address::new("it", *name), Doc::of(&doc).unwrap());
    }
    builder.build()
}

fn names<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Vec<&'a str> {
    let addresses = addresses.into_iter();
    addresses.map(|address| address.name.as_str()).collect()
}

#[test]
fn a_graph_holds_what_is_wanted_and_knows_the_order() {
    let graph = graph(&[("a", &["c"]), ("b", &[]), ("c", &["b"])]).unwrap();
    assert_eq!((graph.len(), graph.is_empty()), (3, false));
    assert_eq!(
        names(graph.iter().map(|(address, _)| address)),
        ["a", "b", "c"]
    );
    assert_eq!(names(graph.in_order()), ["b", "c", "a"]);
    assert!(graph.get(&Address::new("it", "b")).is_some());
    assert!(graph.get(&Address::new("it", "z")).is_none());
    let empty = Blueprint::empty();
    assert_eq!((empty.len(), empty.is_empty()), (0, true));
}

#[test]
fn the_text_of_a_graph_tells_every_difference() {
    let text = |wanted: &[(&str, &[&str])]| graph(wanted).unwrap().canonical();
    let one = text(&[("a", &["b"]), ("b", &[])]);
    assert_eq!(
        one,
        "it/a {\"links\":[{\"$to\":\"it/b\"}]}\nit/b {\"links\":[]}\n"
    );
    assert_eq!(text(&[("b", &[]), ("a", &["b"])]), one);
    assert_ne!(text(&[("a", &[]), ("b", &[])]), one);
}

#[test]
fn what_cannot_be_made_is_told() {
    for (wanted, text) in [
        (&[("a", &[][..]), ("a", &[])][..], "it/a is described twice"),
        (
            &[("a", &["z"])],
            "it/a links to it/z, which is not described",
        ),
        (&[("a", &["a"])], "these need one another first: it/a"),
        (
            &[("a", &["b"]), ("b", &["a"]), ("c", &[])],
            "these need one another first: it/a, it/b",
        ),
    ] {
        assert_eq!(graph(wanted).unwrap_err().to_string(), text);
    }
}
