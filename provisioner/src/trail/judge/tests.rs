use serde_json::{Value, json};

use super::super::drifted::What;
use super::super::event::tests::event;
use super::super::question::{Key, questions};
use super::*;

const LB: &str = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/shop-dev/50dc";
const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/shop-dev/50dc/0467";
const RULE: &str =
    "arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/shop-dev/50dc/0467/2bfc";
const SERVICE: &str = "arn:aws:ecs:us-east-1:1:service/shop-dev/shop-dev-cart";

fn drifted(kind: &str, what: What) -> Drifted {
    Drifted {
        key: "key".to_owned(),
        kind: kind.to_owned(),
        what,
        id: None,
        name: None,
        owner: None,
    }
}

fn changed(kind: &str, id: &str, field: &str) -> Drifted {
    Drifted {
        id: Some(id.to_owned()),
        ..drifted(kind, What::Changed(vec![field.to_owned()]))
    }
}

/// What is said where everything was asked.
fn said_of(drifted: &Drifted, events: &[Event]) -> Said {
    let all = std::slice::from_ref(drifted);
    judge(all, events, &questions(all)).swap_remove(0).said
}

#[track_caller]
fn is_by(drifted: &Drifted, source: &str, name: &str, request: &Value) {
    let one = event(source, name, 7, request);
    assert_eq!(said_of(drifted, std::slice::from_ref(&one)), Said::By(one));
}

#[track_caller]
fn is_not_by(drifted: &Drifted, source: &str, name: &str, request: &Value) {
    let one = event(source, name, 7, request);
    assert_eq!(said_of(drifted, &[one]), Said::Nothing);
}

#[test]
fn the_newest_event_that_can_have_done_it_is_the_one() {
    let vpc = changed("vpc", "vpc-1", "dns_hostnames");
    let of = |name: &str, at| event("ec2", name, at, &json!({ "vpcId": "vpc-1" }));
    let events = [
        of("ModifyVpcAttribute", 1),
        of("ModifyVpcAttribute", 3),
        of("ModifyVpcAttribute", 2),
        of("CreateTags", 9),
    ];
    let Said::By(found) = said_of(&vpc, &events) else {
        panic!("nobody")
    };
    assert_eq!((found.at, found.via.as_str()), (3, "console"));
    let mut refused = of("ModifyVpcAttribute", 5);
    refused.idle = true;
    assert_eq!(said_of(&vpc, &[refused]), Said::Nothing);
}

#[test]
fn what_hcctl_wrote_last_nobody_else_changed() {
    let vpc = changed("vpc", "vpc-1", "dns_hostnames");
    let of = |at| {
        event(
            "ec2",
            "ModifyVpcAttribute",
            at,
            &json!({ "vpcId": "vpc-1" }),
        )
    };
    let mut ours = of(5);
    ours.ours = true;
    assert_eq!(
        said_of(&vpc, &[of(4), ours.clone()]),
        Said::Ours(ours.clone())
    );
    assert_eq!(said_of(&vpc, &[of(6), ours]), Said::By(of(6)));
}

#[test]
fn an_event_of_another_resource_is_none_of_this() {
    let group = Drifted {
        name: Some("/ecs/shop-dev/cart".to_owned()),
        ..changed(
            "log_group",
            "arn:aws:logs:us-east-1:1:log-group:/ecs/shop-dev/cart",
            "retention_days",
        )
    };
    let name = |name: &str| json!({ "logGroupName": name, "retentionInDays": 30 });
    is_by(
        &group,
        "logs",
        "PutRetentionPolicy",
        &name("/ecs/shop-dev/cart"),
    );
    is_not_by(
        &group,
        "logs",
        "PutRetentionPolicy",
        &name("/ecs/shop-dev/carts"),
    );
    is_not_by(&group, "logs", "TagResource", &name("/ecs/shop-dev/cart"));
    is_not_by(
        &group,
        "ecs",
        "PutRetentionPolicy",
        &name("/ecs/shop-dev/cart"),
    );
    // A cluster's name stands in its services' ARNs.
    let cluster = Drifted {
        name: Some("shop-dev".to_owned()),
        ..changed(
            "cluster",
            "arn:aws:ecs:us-east-1:1:cluster/shop-dev",
            "tags",
        )
    };
    is_not_by(
        &cluster,
        "ecs",
        "TagResource",
        &json!({ "resourceArn": SERVICE }),
    );
    let own = json!({ "resourceArn": "arn:aws:ecs:us-east-1:1:cluster/shop-dev" });
    is_by(&cluster, "ecs", "TagResource", &own);
}

#[test]
fn names_are_recognised_in_every_form() {
    let service = Drifted {
        name: Some("shop-dev-cart".to_owned()),
        ..changed("service", SERVICE, "subnets")
    };
    for form in ["shop-dev-cart", SERVICE] {
        is_by(
            &service,
            "ecs",
            "UpdateService",
            &json!({ "service": form }),
        );
    }
    let group = Drifted {
        name: Some("shop-dev-cart".to_owned()),
        ..drifted("target_group", What::Missing)
    };
    let arn = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/shop-dev-cart/73e2";
    is_by(
        &group,
        "elasticloadbalancing",
        "DeleteTargetGroup",
        &json!({ "targetGroupArn": arn }),
    );
    let family = Drifted {
        name: Some("shop-dev-cart".to_owned()),
        ..drifted("task_definition", What::Missing)
    };
    for form in [
        "shop-dev-cart:7",
        "arn:aws:ecs:us-east-1:1:task-definition/shop-dev-cart:7",
    ] {
        is_by(
            &family,
            "ecs",
            "DeregisterTaskDefinition",
            &json!({ "taskDefinition": form }),
        );
    }
    let alarm = Drifted {
        name: Some("shop-dev-cart-cpu".to_owned()),
        ..drifted("alarm", What::Missing)
    };
    is_by(
        &alarm,
        "monitoring",
        "DeleteAlarms",
        &json!({ "alarmNames": ["x", "shop-dev-cart-cpu"] }),
    );
}

#[test]
fn what_has_no_name_is_known_by_what_it_was_part_of() {
    let rule = Drifted {
        owner: Some(LISTENER.to_owned()),
        ..drifted("listener_rule", What::Missing)
    };
    is_by(
        &rule,
        "elasticloadbalancing",
        "DeleteRule",
        &json!({ "ruleArn": RULE }),
    );
    let other = RULE.replace("0467", "0468");
    is_not_by(
        &rule,
        "elasticloadbalancing",
        "DeleteRule",
        &json!({ "ruleArn": other }),
    );
    let listener = Drifted {
        owner: Some(LB.to_owned()),
        ..drifted("listener", What::Missing)
    };
    is_by(
        &listener,
        "elasticloadbalancing",
        "DeleteListener",
        &json!({ "listenerArn": LISTENER }),
    );
    let target = Drifted {
        owner: Some(SERVICE.to_owned()),
        ..changed(
            "scalable_target",
            "arn:aws:application-autoscaling:x",
            "max",
        )
    };
    let request = json!({ "resourceId": "service/shop-dev/shop-dev-cart" });
    is_by(&target, "autoscaling", "RegisterScalableTarget", &request);
    let gone = Drifted {
        owner: Some("sg-1".to_owned()),
        ..drifted("security_group_rule", What::Missing)
    };
    is_by(
        &gone,
        "ec2",
        "RevokeSecurityGroupIngress",
        &json!({ "groupId": "sg-1" }),
    );
    // One that is there has an id, and its group's other rules are none of it.
    let added = Drifted {
        id: Some("sgr-1".to_owned()),
        owner: Some("sg-1".to_owned()),
        ..drifted("security_group_rule", What::Added)
    };
    is_by(
        &added,
        "ec2",
        "AuthorizeSecurityGroupIngress",
        &json!({ "groupId": "sg-1", "x": "sgr-1" }),
    );
    is_not_by(
        &added,
        "ec2",
        "AuthorizeSecurityGroupIngress",
        &json!({ "groupId": "sg-1", "x": "sgr-2" }),
    );
}

#[test]
fn what_was_not_asked_is_not_answered() {
    let role = Drifted {
        name: Some("shop-dev-cart-task".to_owned()),
        ..drifted("role", What::Missing)
    };
    let all = [role.clone()];
    let event = event(
        "iam",
        "DeleteRole",
        1,
        &json!({ "roleName": "shop-dev-cart-task" }),
    );
    let found = judge(&all, std::slice::from_ref(&event), &[]);
    assert_eq!(found[0].said, Said::NotAsked);
    assert_eq!(
        said_of(&role, std::slice::from_ref(&event)),
        Said::By(event)
    );
    // A subnet's events are found by its id, and that is gone.
    assert_eq!(said_of(&drifted("subnet", What::Missing), &[]), Said::NoId);
    assert_eq!(questions(&[drifted("subnet", What::Missing)]), []);
}

#[test]
fn one_question_serves_all_that_it_answers_for() {
    let group = |name: &str| Drifted {
        name: Some(name.to_owned()),
        ..changed("log_group", "arn", "retention_days")
    };
    let rule = |name: &str| Drifted {
        owner: Some("sg-1".to_owned()),
        ..changed("security_group_rule", name, "peer")
    };
    let global = Drifted {
        name: Some("r".to_owned()),
        ..changed("role", "arn", "trust")
    };
    let asked = questions(&[group("a"), group("b"), rule("sgr-1"), rule("sgr-2"), global]);
    let asked: Vec<(bool, Key, &str)> = asked
        .iter()
        .map(|one| (one.global, one.key, one.value.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            (false, Key::Event, "PutRetentionPolicy"),
            (false, Key::Event, "DeleteRetentionPolicy"),
            (false, Key::Resource, "sg-1"),
            (true, Key::Resource, "r"),
        ]
    );
}

#[test]
fn a_page_is_enough_once_it_answers_for_all() {
    let group = |name: &str| Drifted {
        name: Some(name.to_owned()),
        ..changed("log_group", "arn", "retention_days")
    };
    let all = [group("a"), group("b")];
    let question = questions(&all).swap_remove(0);
    let of = |name: &str| {
        event(
            "logs",
            "PutRetentionPolicy",
            1,
            &json!({ "logGroupName": name }),
        )
    };
    assert!(!answers(&all, &question, &[of("a")]));
    assert!(answers(&all, &question, &[of("a"), of("b")]));
}

/// CloudTrail's times are of whole seconds, and nothing says which of two in one was the last.
#[test]
fn in_one_second_hcctl_is_not_taken_for_the_last() {
    let target = Drifted {
        owner: Some(SERVICE.to_owned()),
        ..changed(
            "scalable_target",
            "arn:aws:application-autoscaling:x",
            "min",
        )
    };
    let request = json!({ "resourceId": "service/shop-dev/shop-dev-cart", "minCapacity": 0 });
    let theirs = |at| event("autoscaling", "RegisterScalableTarget", at, &request);
    let ours = Event {
        ours: true,
        ..theirs(7)
    };
    for both in [[theirs(7), ours.clone()], [ours.clone(), theirs(7)]] {
        assert_eq!(said_of(&target, &both), Said::Unclear(theirs(7)));
    }
    let three = [theirs(8), ours.clone(), theirs(7)];
    assert_eq!(said_of(&target, &three), Said::By(theirs(8)));
    let three = [theirs(6), ours.clone(), ours.clone()];
    assert_eq!(said_of(&target, &three), Said::Ours(ours));
}

#[test]
fn a_policy_goes_with_its_target() {
    let policy = Drifted {
        name: Some("shop-dev-cart-cpu".to_owned()),
        owner: Some(SERVICE.to_owned()),
        ..drifted("scaling_policy", What::Missing)
    };
    let of = |service: &str| json!({ "resourceId": format!("service/shop-dev/{service}") });
    let (source, deregister) = ("autoscaling", "DeregisterScalableTarget");
    is_by(&policy, source, deregister, &of("shop-dev-cart"));
    is_not_by(&policy, source, deregister, &of("shop-dev-carts"));
    is_not_by(&policy, source, "DeleteScalingPolicy", &of("shop-dev-cart"));
    let own = json!({ "policyName": "shop-dev-cart-cpu" });
    is_by(&policy, source, "DeleteScalingPolicy", &own);
}
