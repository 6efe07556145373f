//! What all lists share: filters, ids, pages, tags.

use super::{address, code, gateway, subnet, table, vpc};
use crate::bench::{Bench, text, texts};

#[test]
fn filters_that_are_not_known_name_themselves() {
    let bench = Bench::new();
    let refusal = bench
        .ec2(
            "DescribeVpcs",
            &[
                ("Filter.1.Name", "owner-mood"),
                ("Filter.1.Value.1", "good"),
            ],
        )
        .unwrap_err();
    assert_eq!(refusal.code, "InvalidParameterValue");
    assert!(
        refusal.message.contains("'owner-mood'"),
        "{}",
        refusal.message
    );
    let refusal = bench
        .ec2("DescribeVpcs", &[("DryRun", "true")])
        .unwrap_err();
    assert!(
        refusal
            .message
            .contains("parameter DryRun of EC2 DescribeVpcs"),
        "{}",
        refusal.message
    );
}

#[test]
fn filters_join_and_match_patterns() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let parts = [
        subnet(&bench, &id, "10.0.0.0/24"),
        subnet(&bench, &id, "10.0.1.0/24"),
    ];
    bench
        .ec2(
            "CreateTags",
            &[
                ("ResourceId.1", &parts[1]),
                ("Tag.1.Key", "Name"),
                ("Tag.1.Value", "private-b"),
            ],
        )
        .unwrap();
    let find = |vpc: &str, name: &str| {
        let params = [
            ("Filter.1.Name", "vpc-id"),
            ("Filter.1.Value.1", "vpc-other"),
            ("Filter.1.Value.2", vpc),
            ("Filter.2.Name", "tag:Name"),
            ("Filter.2.Value.1", name),
        ];
        texts(&bench.ec2("DescribeSubnets", &params).unwrap(), "subnetId")
    };
    assert_eq!(find(&id, "private-*"), [parts[1].as_str()]);
    assert_eq!(find("vpc-none", "private-b"), [""; 0]);
    assert_eq!(find(&id, "public-?"), [""; 0]);
}

#[test]
fn lists_come_in_pages() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let mut made: Vec<String> = (0..12)
        .map(|n| subnet(&bench, &id, &format!("10.0.{n}.0/24")))
        .collect();
    let mut seen = Vec::new();
    let mut token = String::new();
    let mut pages = 0;
    loop {
        let mut params = vec![("MaxResults", "5")];
        if !token.is_empty() {
            params.push(("NextToken", &token));
        }
        let xml = bench.ec2("DescribeSubnets", &params).unwrap();
        seen.extend(texts(&xml, "subnetId"));
        pages += 1;
        token = text(&xml, "nextToken");
        if token.is_empty() {
            break;
        }
    }
    made.sort();
    assert_eq!((pages, seen), (3, made));
    assert_eq!(
        code(&bench, "DescribeSubnets", &[("MaxResults", "1")]),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(&bench, "DescribeRouteTables", &[("MaxResults", "101")]),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(&bench, "DescribeAddresses", &[("MaxResults", "5")]),
        "NotSimulated"
    );
}

#[test]
fn tags_come_and_go_and_are_found() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let all = [
        id.clone(),
        gateway(&bench, &id),
        table(&bench, &id),
        address(&bench),
    ];
    let mut params = vec![("Tag.1.Key", "hcctl:stack"), ("Tag.1.Value", "dev")];
    let names: Vec<String> = (1..=all.len()).map(|n| format!("ResourceId.{n}")).collect();
    params.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(all.iter().map(String::as_str)),
    );
    bench.ec2("CreateTags", &params).unwrap();
    let described = bench
        .ec2(
            "DescribeTags",
            &[
                ("Filter.1.Name", "key"),
                ("Filter.1.Value.1", "hcctl:stack"),
            ],
        )
        .unwrap();
    assert_eq!(texts(&described, "resourceId").len(), 4);
    assert_eq!(texts(&described, "value"), ["dev"; 4]);

    let one = |value: &'static str| {
        [
            ("ResourceId.1", id.as_str()),
            ("Tag.1.Key", "hcctl:stack"),
            ("Tag.1.Value", value),
        ]
    };
    bench.ec2("DeleteTags", &one("prod")).unwrap();
    let count = || texts(&bench.ec2("DescribeTags", &[]).unwrap(), "resourceId").len();
    assert_eq!(count(), 4, "another value leaves the tag alone");
    bench.ec2("DeleteTags", &one("dev")).unwrap();
    assert_eq!(count(), 3);
    let missing = [
        ("ResourceId.1", "vpc-0"),
        ("Tag.1.Key", "k"),
        ("Tag.1.Value", "v"),
    ];
    assert_eq!(
        code(&bench, "CreateTags", &missing),
        "InvalidVpcID.NotFound"
    );
}

#[test]
fn tags_at_creation_are_for_what_is_created() {
    let bench = Bench::new();
    let spec = |kind: &'static str, key: &'static str| {
        let params = [
            ("CidrBlock", "10.0.0.0/16"),
            ("TagSpecification.1.ResourceType", kind),
            ("TagSpecification.1.Tag.1.Key", key),
            ("TagSpecification.1.Tag.1.Value", "v"),
        ];
        bench.ec2("CreateVpc", &params)
    };
    assert_eq!(
        spec("subnet", "k").unwrap_err().code,
        "InvalidParameterValue"
    );
    assert_eq!(
        spec("vpc", "aws:k").unwrap_err().code,
        "InvalidParameterValue"
    );
    spec("vpc", "k").unwrap();
}
