//! What the roles may do: the published policies, filled in for one environment. There is no other text of them.

use serde_json::{Value, json};

use crate::environment::{Environment, SecretStore, Service, Statement, sizes};

/// Who plans: reads.
const PLAN: &str = include_str!("../../policies/plan.json");
/// Who applies.
const APPLY: &str = include_str!("../../policies/apply.json");
/// What the environment's own roles may do at most.
const BOUNDARY: &str = include_str!("../../policies/boundary.json");

/// What `logs` and `history` need and `plan` does not: the code of a pull request has no business there.
const NOT_FOR_PULL_REQUESTS: [&str; 2] = ["ReadLogs", "ReadJournal"];

/// Where a policy is for.
pub(super) struct Place<'a> {
    /// The environment.
    pub(super) environment: &'a Environment,
    /// The account's number.
    pub(super) account: &'a str,
}

impl Place<'_> {
    /// What a job that plans may do.
    pub(super) fn plan(&self) -> Value {
        let mut policy = self.filled(PLAN);
        statements(&mut policy).retain(|one| !is_one_of(one, &NOT_FOR_PULL_REQUESTS));
        policy
    }

    /// What a job that applies may do.
    pub(super) fn apply(&self) -> Value {
        self.filled(APPLY)
    }

    /// What the environment's roles may do at most: of secrets, read those that the file names; and what it allows their code.
    pub(super) fn boundary(&self) -> Value {
        let mut policy = self.filled(BOUNDARY);
        for (sid, store) in [
            ("ReadSecrets", SecretStore::SecretsManager),
            ("ReadParameters", SecretStore::ParameterStore),
        ] {
            let arns = self.secrets(store);
            let all = statements(&mut policy);
            if arns.is_empty() {
                all.retain(|one| !is_one_of(one, &[sid]));
            } else if let Some(one) = all.iter_mut().find(|one| is_one_of(one, &[sid])) {
                one["Resource"] = json!(arns);
            }
        }
        let services = self.environment.services.values();
        if services.flat_map(Service::all_secrets).next().is_none() {
            statements(&mut policy).retain(|one| !is_one_of(one, &["DecryptSecrets"]));
        }
        let pulled = sizes::pulled(self.environment);
        if !pulled.is_empty()
            && let Some(one) = statements(&mut policy)
                .iter_mut()
                .find(|one| is_one_of(one, &["PullImages"]))
        {
            let own = one["Resource"].take();
            let all = [own].into_iter().chain(pulled.into_iter().map(Value::from));
            one["Resource"] = all.collect();
        }
        let services = self.environment.services.values();
        let allowed = services.flat_map(|service| &service.permissions.allow);
        statements(&mut policy).extend(allowed.map(Statement::document));
        policy
    }

    fn secrets(&self, store: SecretStore) -> Vec<String> {
        let services = self.environment.services.values();
        let mut arns: Vec<String> = services
            .flat_map(Service::all_secrets)
            .filter(|secret| secret.store() == store)
            .map(|secret| secret.resource(self.environment.region.as_ref(), self.account))
            .collect();
        arns.sort();
        arns.dedup();
        arns
    }

    /// The placeholders are in capitals and their values are not, so none is filled twice.
    fn filled(&self, text: &str) -> Value {
        let environment = self.environment;
        let partition = crate::aws::partition(environment.region.as_ref());
        let text = text
            .replace("arn:aws:", &format!("arn:{partition}:"))
            .replace("ACCOUNT", self.account)
            .replace("REGION", environment.region.as_ref())
            .replace("PROJECT", environment.project.as_ref())
            .replace("ENVIRONMENT", environment.name.as_ref());
        serde_json::from_str(&text).expect("the published policies are JSON")
    }
}

fn statements(policy: &mut Value) -> &mut Vec<Value> {
    policy["Statement"]
        .as_array_mut()
        .expect("the published policies have statements")
}

fn is_one_of(statement: &Value, sids: &[&str]) -> bool {
    sids.iter().any(|sid| statement["Sid"] == *sid)
}
