//! What would stop an apply.

use hcctl_engine::plan::PlanError;

use super::{Context, Wanted, secret, sign_in};
use crate::doctor::{Asked, Obstacle, Outcome, Planned, Report, Secrets, Subject, examine};
use crate::resources::reach::Outage;

/// Makes every check; `engine` is the container engine that a push would use.
pub async fn doctor(context: &Context, engine: Asked) -> Report {
    let file = context.file.display().to_string();
    let profile = context.profile.as_deref();
    let subject = Subject {
        aws: &context.aws,
        environment: &context.environment,
        file: &file,
        profile,
        engine,
    };
    let mut report = examine(&subject, look(context)).await;
    let credentials = report
        .checks
        .iter_mut()
        .find(|check| check.name == "credentials");
    if let Some(check) = credentials.filter(|check| check.outcome == Outcome::Failed) {
        // What the AWS CLI's files tell is no business of the checks.
        let hint = profile.and_then(sign_in);
        check.hint = hint.or(check.hint.take());
    }
    report
}

async fn look(context: &Context) -> Result<Planned, Obstacle> {
    let seen = context.observe(Wanted::File).await;
    let seen = seen.map_err(|error| Obstacle {
        message: error.message,
        hints: error.hints,
    })?;
    let outages = seen.outages.iter().map(|(service, outage)| {
        let ends = matches!(outage, Outage::Weights(_));
        (service.clone(), outage.text(), ends)
    });
    let troubles = secret::refusals(context, &seen.secrets).into_iter();
    let troubles = troubles.map(|one| match one {
        PlanError::Conflict { reason, remedy, .. } => (reason, remedy),
        other => (other.to_string(), String::new()),
    });
    let stale = secret::stale(context, &seen.aws, &seen.secrets).await;
    Ok(Planned {
        outages: outages.collect(),
        secrets: Secrets {
            named: seen.secrets.len(),
            troubles: troubles.collect(),
            stale: stale.map_err(|fault| fault.to_string()),
        },
        plan: seen.plan,
    })
}
