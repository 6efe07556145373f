//! Gateway endpoints and prefix lists.

use super::{code, table, vpc};
use crate::Settings;
use crate::bench::{Bench, text, texts};

const S3: &str = "com.amazonaws.us-east-1.s3";

fn endpoint(bench: &Bench, vpc: &str, table: &str) -> String {
    let params = [
        ("VpcId", vpc),
        ("ServiceName", S3),
        ("VpcEndpointType", "Gateway"),
        ("RouteTableId.1", table),
    ];
    text(
        &bench.ec2("CreateVpcEndpoint", &params).unwrap(),
        "vpcEndpointId",
    )
}

#[test]
fn an_endpoint_is_a_route_in_its_tables() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let (first, second) = (table(&bench, &id), table(&bench, &id));
    let made = endpoint(&bench, &id, &first);
    let by_name = [
        ("Filter.1.Name", "prefix-list-name"),
        ("Filter.1.Value.1", S3),
    ];
    let list = text(
        &bench.ec2("DescribeManagedPrefixLists", &by_name).unwrap(),
        "prefixListId",
    );
    let leads = |table: &str| {
        let xml = bench
            .ec2("DescribeRouteTables", &[("RouteTableId.1", table)])
            .unwrap();
        (
            texts(&xml, "destinationPrefixListId"),
            texts(&xml, "gatewayId").pop().unwrap(),
        )
    };
    assert_eq!(leads(&first), (vec![list], made.clone()));
    let again = [
        ("VpcId", id.as_str()),
        ("ServiceName", S3),
        ("RouteTableId.1", &first),
    ];
    assert_eq!(
        code(&bench, "CreateVpcEndpoint", &again),
        "RouteAlreadyExists"
    );

    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let params = [
        ("VpcEndpointId", made.as_str()),
        ("AddRouteTableId.1", &second),
        ("RemoveRouteTableId.1", &first),
        ("PolicyDocument", policy),
    ];
    bench.ec2("ModifyVpcEndpoint", &params).unwrap();
    assert_eq!((leads(&first).0.len(), leads(&second).1), (0, made.clone()));
    let seen = bench
        .ec2("DescribeVpcEndpoints", &[("VpcEndpointId.1", &made)])
        .unwrap();
    assert_eq!(
        text(&seen, "policyDocument").replace("&quot;", "\""),
        policy
    );
    bench
        .ec2(
            "ModifyVpcEndpoint",
            &[("VpcEndpointId", &made), ("ResetPolicy", "true")],
        )
        .unwrap();
    let seen = bench.ec2("DescribeVpcEndpoints", &[]).unwrap();
    assert!(text(&seen, "policyDocument").contains("Allow"));
}

#[test]
fn a_deleted_endpoint_holds_its_vpc_a_little_longer() {
    let mut settings = Settings::stepped();
    settings.delays.endpoint_delete = 1_500;
    let bench = Bench::with(settings);
    let id = vpc(&bench);
    let rtb = table(&bench, &id);
    let made = endpoint(&bench, &id, &rtb);
    bench
        .ec2("DeleteRouteTable", &[("RouteTableId", &rtb)])
        .unwrap();
    let delete = [
        ("VpcEndpointId.1", made.as_str()),
        ("VpcEndpointId.2", "vpce-0"),
    ];
    let answer = bench.ec2("DeleteVpcEndpoints", &delete).unwrap();
    assert_eq!(
        text(&answer, "resourceId"),
        "vpce-0",
        "status 200, and the missing one is named"
    );
    assert_eq!(text(&answer, "code"), "InvalidVpcEndpoint.NotFound");
    assert_eq!(
        code(&bench, "DeleteVpc", &[("VpcId", &id)]),
        "DependencyViolation"
    );
    bench.ec2("DeleteVpc", &[("VpcId", &id)]).unwrap();
}

#[test]
fn unknown_services_and_types_are_refused() {
    let bench = Bench::new();
    let id = vpc(&bench);
    let kinesis = [
        ("VpcId", id.as_str()),
        ("ServiceName", "com.amazonaws.us-east-1.kinesis"),
    ];
    assert_eq!(
        code(&bench, "CreateVpcEndpoint", &kinesis),
        "InvalidServiceName"
    );
    let interface = [
        ("VpcId", id.as_str()),
        ("ServiceName", S3),
        ("VpcEndpointType", "Interface"),
    ];
    assert_eq!(
        code(&bench, "CreateVpcEndpoint", &interface),
        "NotSimulated"
    );
}
