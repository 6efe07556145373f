//! What a loop over kinds works on: an environment, or what `bootstrap` makes of an account.

use hcctl::aws::Aws;
use hcctl::bootstrap::{Repository, Wanted, scope};
use hcctl::environment::Environment;
use hcctl::resources::{ACCOUNT_KINDS, KINDS};
use hcctl_engine::drive::{Kinds, catalog, observe};
use hcctl_engine::plan::{PlanError, plan};
use hcctl_engine::{AnyKind, Plan, Report, Snapshot};
use hcctl_sandbox::ACCOUNT;

use super::world::{World, lines, load, look, wide};

/// One of the two.
pub enum Site {
    /// An environment.
    Environment(Box<Environment>),
    /// The account's set-up for these environments.
    SetUp(Vec<Environment>),
}

impl Site {
    /// dev with every kind, and the set-up for dev and prod.
    pub fn both() -> [Self; 2] {
        [
            Self::Environment(Box::new(wide())),
            Self::SetUp(vec![load("dev"), load("prod")]),
        ]
    }

    /// Its kinds.
    pub fn kinds(&self) -> &'static Kinds<Aws> {
        match self {
            Self::Environment(_) => KINDS,
            Self::SetUp(_) => ACCOUNT_KINDS,
        }
    }

    /// One of them.
    pub fn kind(&self, name: &str) -> &'static dyn AnyKind<Aws> {
        let mut kinds = self.kinds().iter();
        *kinds
            .find(|kind| kind.facts().name == name)
            .unwrap_or_else(|| panic!("no kind {name}"))
    }

    /// Clients in its scope.
    pub async fn aws(&self, world: &World) -> Aws {
        match self {
            Self::Environment(environment) => world.aws(environment).await,
            Self::SetUp(all) => {
                let scope = scope(all);
                let regions = all.iter().map(|one| one.region.to_string());
                world.aws_in(scope).await.across(regions.collect())
            }
        }
    }

    /// Everything that is seen.
    pub async fn seen(&self, aws: &Aws) -> Snapshot {
        Box::pin(observe(self.kinds(), &aws.fresh())).await.unwrap()
    }

    /// The difference.
    pub async fn look(&self, aws: &Aws) -> Result<Plan, Vec<PlanError>> {
        match self {
            Self::Environment(environment) => look(aws, environment).await,
            Self::SetUp(all) => {
                let repository: Repository = "acme/health-care".parse().unwrap();
                let wanted = Wanted {
                    environments: all,
                    account: ACCOUNT,
                    repository: Some(&repository),
                };
                let blueprint = wanted.build().unwrap();
                let snapshot = self.seen(aws).await;
                plan(&catalog(self.kinds()), &blueprint, &snapshot)
            }
        }
    }

    /// What an apply would do.
    pub async fn plan(&self, world: &World) -> Plan {
        self.look(&self.aws(world).await).await.unwrap()
    }

    /// Makes a plan true.
    pub async fn apply(&self, world: &World, plan: &Plan) -> Report {
        let aws = self.aws(world).await;
        world.apply_kinds(self.kinds(), &aws, plan).await
    }

    /// Plans and applies, and demands that nothing fails and nothing is left to do; answers what was planned.
    pub async fn converge(&self, world: &World) -> Plan {
        let plan = self.plan(world).await;
        let report = self.apply(world, &plan).await;
        assert!(
            report.complete(),
            "{:#?}\nskipped: {:?}",
            report.failed,
            report.skipped
        );
        let left = lines(&self.plan(world).await);
        assert!(left.is_empty(), "left after an apply: {left:#?}");
        plan
    }
}
