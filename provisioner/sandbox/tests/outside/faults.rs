//! The fault plan.

use hcctl_sandbox::{FaultPlan, Sandbox, Settings, Stopped};

use super::{Folder, create_vpc, ec2, list_vpcs};

fn with(folder: &Folder, faults: FaultPlan) -> Sandbox {
    let settings = Settings {
        faults,
        ..Settings::instant()
    };
    Sandbox::open(Some(folder.world()), settings).unwrap()
}

#[test]
fn stopping_before_a_write_leaves_no_trace_of_it() {
    let folder = Folder::new();
    let sandbox = with(&folder, FaultPlan::StopBefore(2));
    let id = create_vpc(&sandbox);
    assert_eq!(list_vpcs(&sandbox), [id.as_str()]);
    let second = sandbox.handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"));
    assert_eq!(second.unwrap_err(), Stopped);
    sandbox
        .handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
        .unwrap_err();
    drop(sandbox);
    assert_eq!(list_vpcs(&with(&folder, FaultPlan::None)), [id]);
}

#[test]
fn stopping_after_a_write_loses_only_the_reply() {
    let folder = Folder::new();
    let sandbox = with(&folder, FaultPlan::StopAfter(1));
    let only = sandbox.handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"));
    assert_eq!(only.unwrap_err(), Stopped);
    sandbox.handle(&ec2("Action=DescribeVpcs")).unwrap_err();
    assert_eq!(sandbox.writes(), 1);
    drop(sandbox);
    assert_eq!(list_vpcs(&with(&folder, FaultPlan::None)).len(), 1);
}

#[test]
fn a_sweep_needs_no_file() {
    let sandbox = Sandbox::open(None, Settings::instant()).unwrap();
    create_vpc(&sandbox);
    assert_eq!(sandbox.writes(), 1);
    for nth in 1..=3 {
        sandbox.set_faults(FaultPlan::StopBefore(nth));
        for _ in 1..nth {
            create_vpc(&sandbox);
        }
        sandbox
            .handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
            .unwrap_err();
    }
    sandbox.set_faults(FaultPlan::None);
    assert_eq!(list_vpcs(&sandbox).len(), 4);
}
