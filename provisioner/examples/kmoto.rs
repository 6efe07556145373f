#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr
)]
use hcctl::aws::*;
use hcctl::resources::*;
use hcctl_engine::drive::{self, Pace};
use hcctl_engine::plan::plan;
use hcctl_engine::*;
use std::collections::*;
use std::time::{Duration, Instant};

struct Tok(Instant);
impl Pace for Tok {
    fn sleep(&self, t: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(t)
    }
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
    fn stop(&self) -> Option<String> {
        None
    }
}

fn tags() -> Tags {
    [
        ("Environment", "dev"),
        ("ManagedBy", "hcctl"),
        ("Project", "shop"),
    ]
    .map(|(a, b)| (a.to_owned(), b.to_owned()))
    .into()
}

fn blueprint(tg: &str, tg2: &str, rule: &str, v2: bool) -> Blueprint {
    let mut b = Blueprint::builder();
    let tags = || {
        let mut t = tags();
        if v2 {
            t.insert("Team".into(), "x".into());
        }
        t
    };
    let vpc = b.want::<vpc::Vpc>(
        "main",
        &vpc::Spec {
            cidr: "10.0.0.0/16".into(),
            dns_support: true,
            dns_hostnames: true,
            tags: tags(),
        },
    );
    b.want::<default_security_group::DefaultSecurityGroup>(
        "main",
        &default_security_group::Spec {
            vpc: vpc.clone(),
            ..default_security_group::DefaultSecurityGroup::example()
        },
    );
    let subnet = |b: &mut blueprint::Builder, n: &str, c: &str| {
        b.want::<subnet::Subnet>(
            n,
            &subnet::Spec {
                vpc: vpc.clone(),
                cidr: c.into(),
                zone: format!("us-east-1{}", &n[n.len() - 1..]),
                public_ip: false,
                tags: tags(),
            },
        )
    };
    let s1 = subnet(&mut b, "private-a", "10.0.1.0/24");
    let s2 = subnet(&mut b, "private-b", "10.0.2.0/24");
    let sg = b.want::<security_group::SecurityGroup>(
        "tasks",
        &security_group::Spec {
            vpc: vpc.clone(),
            name: "shop-dev-tasks".into(),
            description: "tasks".into(),
            tags: tags(),
        },
    );
    let ex = role::Role::example();
    let exec = b.want::<role::Role>(
        "execution",
        &role::Spec {
            name: "shop-dev-execution".into(),
            description: if v2 { "changed".into() } else { "pull".into() },
            tags: tags(),
            attached: if v2 {
                BTreeSet::from(["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()])
            } else {
                BTreeSet::from(["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess".to_owned()])
            },
            ..ex.clone()
        },
    );
    let mut pol = ex.policies.clone();
    if v2 {
        pol.clear();
        pol.insert("new".into(), serde_json::json!({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}));
    }
    let task = b.want::<role::Role>(
        "cart-task",
        &role::Spec {
            name: "shop-dev-cart-task".into(),
            tags: tags(),
            policies: pol,
            ..ex.clone()
        },
    );
    let infra = b.want::<role::Role>(
        "ecs-infrastructure",
        &role::Spec {
            name: "shop-dev-ecs-infrastructure".into(),
            tags: tags(),
            ..ex.clone()
        },
    );
    let mut r = repository::Repository::example();
    r.tags = tags();
    r.encryption = "AES256".into();
    if v2 {
        r.immutable_tags = false;
        r.scan_on_push = false;
        r.lifecycle = None;
    }
    b.want::<repository::Repository>("cart", &r);
    let lg = b.want::<log_group::LogGroup>(
        "cart",
        &log_group::Spec {
            name: "/ecs/shop-dev/cart-service".into(),
            retention_days: if v2 { 0 } else { 7 },
            tags: tags(),
        },
    );
    b.want::<log_group::LogGroup>(
        "container-insights",
        &log_group::Spec {
            name: "/aws/ecs/containerinsights/shop-dev-cluster/performance".into(),
            retention_days: if v2 { 30 } else { 7 },
            tags: tags(),
        },
    );
    let mut t = table::Table::example();
    t.tags = tags();
    t.deletion_protection = !v2;
    if std::env::var("OWNED").is_ok() {
        t.encryption = "owned".into();
    }
    if v2 {
        t.encryption = "owned".into();
        t.point_in_time_recovery = false;
        t.ttl_attribute = String::new();
        t.indexes.insert(
            "gsi2".into(),
            table::Index {
                hash: "a".into(),
                range: String::new(),
                projection: "KEYS_ONLY".into(),
            },
        );
        t.indexes.remove("gsi1");
    }
    b.want::<table::Table>("carts", &t);
    let cl = b.want::<cluster::Cluster>(
        "main",
        &cluster::Spec {
            name: "shop-dev-cluster".into(),
            container_insights: if v2 {
                "enhanced".into()
            } else {
                "enabled".into()
            },
            tags: tags(),
        },
    );
    let mut td = task_definition::TaskDefinition::example();
    td.execution_role = exec;
    td.task_role = task;
    td.logs.as_mut().unwrap().group = lg;
    td.other.clear();
    td.tags = tags();
    if v2 {
        td.image += "2";
        td.tmp = false;
        td.health_check = None;
        td.environment.insert("A".into(), "b".into());
    }
    let tdl = b.want::<task_definition::TaskDefinition>("cart", &td);
    let mut s = service::Service::example();
    s.cluster = cl;
    s.task_definition = tdl;
    s.desired_count = 0;
    s.subnets = [s1, s2].into();
    s.security_groups = [sg].into();
    s.other.clear();
    s.tags = tags();
    let lb = s.load_balancer.as_mut().unwrap();
    lb.target_group = Link::id(tg);
    if v2 {
        lb.alternate = Some(service::Alternate {
            target_group: Link::id(tg2),
            rule: Link::id(rule),
            test_rule: None,
            role: infra,
        });
        s.exec = false;
        s.grace_seconds = 10;
    } else {
        lb.alternate = None;
        s.deployment.strategy = service::Strategy::Rolling;
        s.deployment.shift = None;
        s.deployment.bake_minutes = 0;
        s.deployment.hooks.clear();
    }
    if std::env::var("BARE").is_ok() {
        s.deployment = service::Deployment {
            strategy: service::Strategy::Rolling,
            minimum_percent: 100,
            maximum_percent: 200,
            circuit_breaker: false,
            rollback: false,
            bake_minutes: 0,
            shift: None,
            alarms: BTreeSet::new(),
            rollback_on_alarm: false,
            hooks: BTreeSet::new(),
        };
        s.grace_seconds = 0;
        s.exec = false;
        s.managed_tags = false;
        s.zone_rebalancing = "DISABLED".into();
    }
    let sl = b.want::<service::Service>("cart", &s);
    let st = b.want::<scalable_target::ScalableTarget>(
        "cart",
        &scalable_target::Spec {
            service: sl,
            min: if v2 { 2 } else { 1 },
            max: 4,
            suspended: !v2,
            tags: tags(),
        },
    );
    b.want::<scaling_policy::ScalingPolicy>(
        "cart-cpu",
        &scaling_policy::Spec {
            target: st,
            target_value: if v2 { 60.0 } else { 70.0 },
            ..scaling_policy::ScalingPolicy::example()
        },
    );
    b.build().unwrap()
}

async fn look(aws: &Aws) -> Snapshot {
    let t = Instant::now();
    let s = drive::observe(KINDS, &aws.fresh())
        .await
        .unwrap_or_else(|f| panic!("{f:#?}"));
    println!("observed in {:?}", t.elapsed());
    s
}

async fn go(aws: &Aws, b: &Blueprint, what: &str, apply: bool) -> bool {
    println!("=== {what}");
    let snap = look(aws).await;
    for t in &snap.taken {
        println!("taken {t:?}");
    }
    for t in &snap.strangers {
        println!("stranger {t:?}");
    }
    let p = match plan(&drive::catalog(KINDS), b, &snap) {
        Ok(p) => p,
        Err(e) => {
            println!("plan: {e:?}");
            return false;
        }
    };
    for c in p.changed() {
        println!(
            "  {:?} {} {:?} {:?}",
            c.action, c.address, c.risk, c.reasons
        );
        for f in &c.fields {
            println!(
                "      {}: {} -> {} ({:?})",
                f.field,
                f.before.clone().unwrap_or_default(),
                f.after.clone().unwrap_or_default(),
                f.upstream
            );
        }
    }
    if !apply {
        return p.is_empty();
    }
    let r = drive::apply(
        KINDS,
        &aws.fresh(),
        &p,
        10,
        &Tok(Instant::now()),
        &|e| match e {
            Event::Failed { .. } | Event::Waiting { .. } | Event::Skipped { .. } => {
                println!("  {e:?}")
            }
            _ => {}
        },
    )
    .await;
    println!("  took {:?}", r.took);
    true
}

#[tokio::main]
async fn main() {
    let scope = Scope {
        project: "shop".into(),
        environment: "dev".into(),
        region: "us-east-1".into(),
        tags: tags(),
    };
    let aws = Aws::connect(
        Connect {
            region: "us-east-1".into(),
            profile: None,
            http: None,
        },
        scope,
    )
    .await
    .unwrap();
    let mode = std::env::args().nth(1).unwrap_or_default();
    let tg = |n: &'static str| {
        let aws = aws.clone();
        async move {
            if let Ok(x) = aws.elb.describe_target_groups().names(n).send().await {
                if let Some(t) = x.target_groups().first() {
                    return t.target_group_arn().unwrap().to_owned();
                }
            }
            let vpc = aws.ec2.describe_vpcs().send().await.unwrap().vpcs()[0]
                .vpc_id()
                .unwrap()
                .to_owned();
            aws.elb
                .create_target_group()
                .name(n)
                .port(3000)
                .protocol("HTTP".into())
                .vpc_id(vpc)
                .target_type("ip".into())
                .send()
                .await
                .map(|r| r.target_groups()[0].target_group_arn().unwrap().to_owned())
                .unwrap_or_else(|e| {
                    println!("tg {e:?}");
                    "arn:tg".into()
                })
        }
    };
    let (t1, t2) = (tg("blue").await, tg("green").await);
    let rule = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/x/1/2/3";
    let v1 = blueprint(&t1, &t2, rule, false);
    let v2 = blueprint(&t1, &t2, rule, true);
    match mode.as_str() {
        "plan1" => {
            go(&aws, &v1, "plan v1", false).await;
        }
        "v1" => {
            go(&aws, &v1, "apply v1", true).await;
            println!("empty: {}", go(&aws, &v1, "again v1", false).await);
        }
        "v2" => {
            go(&aws, &v2, "apply v2", true).await;
            println!("empty: {}", go(&aws, &v2, "again v2", false).await);
        }
        "destroy" => {
            go(&aws, &Blueprint::empty(), "destroy", true).await;
            println!(
                "empty: {}",
                go(&aws, &Blueprint::empty(), "again", false).await
            );
        }
        _ => panic!(),
    }
    for i in repository::images(&aws, "shop-dev-cart-service")
        .await
        .unwrap()
    {
        println!("{i:?}");
    }
}
