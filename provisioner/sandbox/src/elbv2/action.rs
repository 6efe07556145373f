//! Actions and conditions: how AWS completes what a caller sends, and which target groups an action forwards to.

use winterbaume_elasticloadbalancingv2::model::{
    Action, ListOfString, PathPatternConditionConfig, RuleCondition, RuleTransform,
    TargetGroupTuple,
};

use crate::answer::AwsError;

/// The target groups that the actions forward to, in order, with repetitions.
pub(super) fn target_groups(actions: &[Action]) -> impl Iterator<Item = &str> {
    actions.iter().flat_map(|action| {
        let weighted = action
            .forward_config
            .iter()
            .flat_map(|forward| forward.target_groups.iter().flat_map(|l| &l.items));
        let only = action
            .target_group_arn
            .as_deref()
            .filter(|_| action.forward_config.is_none());
        weighted
            .filter_map(|tuple| tuple.target_group_arn.as_deref())
            .chain(only)
    })
}

/// Completes actions as AWS answers them: a forward to one group has both its short and its long form, a redirect all its parts.
///
/// API reference, `Action`: "If you specify both ForwardConfig and TargetGroupArn, you can specify only one target group using
/// ForwardConfig and it must be the same target group specified in TargetGroupArn". `RedirectActionConfig`: the defaults of its parts.
pub(super) fn complete_actions(actions: Vec<Action>) -> Result<Vec<Action>, AwsError> {
    if actions.is_empty() {
        return Err(invalid("A default action must be specified"));
    }
    let terminal = |action: &Action| {
        matches!(
            action.r#type.as_str(),
            "forward" | "redirect" | "fixed-response"
        )
    };
    if actions.iter().filter(|action| terminal(action)).count() != 1 {
        return Err(invalid(
            "You must specify exactly one of the actions forward, redirect and fixed-response",
        ));
    }
    actions.into_iter().map(complete_action).collect()
}

fn complete_action(mut action: Action) -> Result<Action, AwsError> {
    match action.r#type.as_str() {
        "forward" => complete_forward(&mut action)?,
        "redirect" => {
            let Some(redirect) = &mut action.redirect_config else {
                return Err(invalid("A redirect action must have a RedirectConfig"));
            };
            if !matches!(redirect.status_code.as_str(), "HTTP_301" | "HTTP_302") {
                return Err(invalid(
                    "The redirect status code must be HTTP_301 or HTTP_302",
                ));
            }
            redirect.host.get_or_insert_with(|| "#{host}".to_owned());
            redirect.path.get_or_insert_with(|| "/#{path}".to_owned());
            redirect.port.get_or_insert_with(|| "#{port}".to_owned());
            redirect
                .protocol
                .get_or_insert_with(|| "#{protocol}".to_owned());
            redirect.query.get_or_insert_with(|| "#{query}".to_owned());
        }
        "fixed-response" => {
            let Some(response) = &action.fixed_response_config else {
                return Err(invalid(
                    "A fixed-response action must have a FixedResponseConfig",
                ));
            };
            let code = response.status_code.parse().unwrap_or(0);
            if !(200..600).contains(&code) {
                return Err(invalid(
                    "The fixed-response status code must be 2XX, 4XX or 5XX",
                ));
            }
        }
        "authenticate-oidc" => authenticate_oidc(&mut action)?,
        "authenticate-cognito" => {
            let Some(config) = &mut action.authenticate_cognito_config else {
                return Err(invalid(
                    "An authenticate-cognito action must have an AuthenticateCognitoConfig",
                ));
            };
            let (scope, cookie) = ("openid".to_owned(), "AWSELBAuthSessionCookie".to_owned());
            config.scope.get_or_insert(scope);
            config.session_cookie_name.get_or_insert(cookie);
            config.session_timeout.get_or_insert(WEEK);
            let usual = || "authenticate".to_owned();
            config.on_unauthenticated_request.get_or_insert_with(usual);
        }
        "jwt-validation" => {
            if action.jwt_validation_config.is_none() {
                return Err(invalid(
                    "A jwt-validation action must have a JwtValidationConfig",
                ));
            }
        }
        other => {
            return Err(invalid(&format!(
                "Action type '{other}' must be one of '[forward,authenticate-oidc,authenticate-cognito,redirect,fixed-response,jwt-validation]'"
            )));
        }
    }
    Ok(action)
}

/// How long a session lasts where nothing is said, in seconds (API reference, `AuthenticateOidcActionConfig`).
const WEEK: i64 = 604_800;

/// A secret is taken and never answered.
fn authenticate_oidc(action: &mut Action) -> Result<(), AwsError> {
    let Some(config) = &mut action.authenticate_oidc_config else {
        return Err(invalid(
            "An authenticate-oidc action must have an AuthenticateOidcConfig",
        ));
    };
    let places = [
        &config.issuer,
        &config.authorization_endpoint,
        &config.token_endpoint,
        &config.user_info_endpoint,
    ];
    if !places.iter().all(|place| place.starts_with("https://")) {
        return Err(invalid("The endpoints must be HTTPS URLs"));
    }
    config.client_secret = None;
    config.use_existing_client_secret = None;
    config.scope.get_or_insert_with(|| "openid".to_owned());
    config
        .session_cookie_name
        .get_or_insert_with(|| "AWSELBAuthSessionCookie".to_owned());
    config.session_timeout.get_or_insert(WEEK);
    config
        .on_unauthenticated_request
        .get_or_insert_with(|| "authenticate".to_owned());
    Ok(())
}

/// What asks who somebody is stands on listeners that nobody overhears only (API reference, `Action`: "[HTTPS listeners]").
pub(super) fn check_protocol(actions: &[Action], protocol: &str) -> Result<(), AwsError> {
    let asks = |action: &&Action| {
        [
            "authenticate-oidc",
            "authenticate-cognito",
            "jwt-validation",
        ]
        .contains(&action.r#type.as_str())
    };
    match actions.iter().find(asks) {
        Some(action) if protocol != "HTTPS" => Err(AwsError::new(
            "InvalidLoadBalancerAction",
            format!(
                "The action type '{}' requires an HTTPS listener",
                action.r#type
            ),
        )),
        _ => Ok(()),
    }
}

/// Transforms as they are answered: one of each type, with one rewrite (API reference, `RuleTransform`).
pub(super) fn check_transforms(transforms: &[RuleTransform]) -> Result<(), AwsError> {
    for (place, transform) in transforms.iter().enumerate() {
        let kind = transform.r#type.as_str();
        let rewrites = match kind {
            "host-header-rewrite" => {
                let config = transform.host_header_rewrite_config.as_ref();
                config.and_then(|config| config.rewrites.as_ref())
            }
            "url-rewrite" => {
                let config = transform.url_rewrite_config.as_ref();
                config.and_then(|config| config.rewrites.as_ref())
            }
            _ => {
                return Err(invalid(&format!(
                    "Transform type '{kind}' must be one of '[host-header-rewrite,url-rewrite]'"
                )));
            }
        };
        if rewrites.is_none_or(|rewrites| rewrites.items.len() != 1) {
            return Err(invalid(&format!(
                "A {kind} transform must have one rewrite"
            )));
        }
        if transforms[..place].iter().any(|other| other.r#type == kind) {
            return Err(invalid(&format!(
                "A rule can have one {kind} transform only"
            )));
        }
    }
    Ok(())
}

fn complete_forward(action: &mut Action) -> Result<(), AwsError> {
    let forward = action.forward_config.get_or_insert_default();
    let groups = &mut forward.target_groups.get_or_insert_default().items;
    match (&action.target_group_arn, groups.as_mut_slice()) {
        (None, []) => return Err(invalid("A target group ARN must be specified")),
        (Some(arn), []) => groups.push(TargetGroupTuple {
            target_group_arn: Some(arn.clone()),
            weight: Some(1),
        }),
        (Some(arn), [one]) if one.target_group_arn.as_ref() == Some(arn) => {}
        (Some(_), _) => {
            return Err(invalid(
                "You can specify both a TargetGroupArn and a ForwardConfig only if they name the same target group",
            ));
        }
        (None, [one]) => action.target_group_arn.clone_from(&one.target_group_arn),
        (None, _) => {}
    }
    if groups.len() > 5 {
        return Err(AwsError::new(
            "TooManyTargetGroups",
            "A forward action can have up to 5 target groups",
        ));
    }
    for tuple in groups {
        // One group alone weighs 1; API reference, `TargetGroupTuple`: "The range is 0 to 999".
        let weight = *tuple.weight.get_or_insert(1);
        if !(0..=999).contains(&weight) {
            return Err(invalid(&format!(
                "The weight '{weight}' is not between 0 and 999"
            )));
        }
    }
    let stickiness = forward
        .target_group_stickiness_config
        .get_or_insert_default();
    stickiness.enabled.get_or_insert(false);
    Ok(())
}

/// Completes conditions as AWS answers them: a path pattern or host header has its values in the short and in the long form.
pub(super) fn complete_conditions(
    conditions: Vec<RuleCondition>,
) -> Result<Vec<RuleCondition>, AwsError> {
    if conditions.is_empty() {
        return Err(invalid("A rule must have at least one condition"));
    }
    conditions.into_iter().map(complete_condition).collect()
}

fn complete_condition(mut condition: RuleCondition) -> Result<RuleCondition, AwsError> {
    let field = condition.field.clone().unwrap_or_default();
    let filled = |list: Option<&ListOfString>| list.is_some_and(|list| !list.items.is_empty());
    let complete = match field.as_str() {
        "path-pattern" => {
            let config =
                condition
                    .path_pattern_config
                    .get_or_insert_with(|| PathPatternConditionConfig {
                        values: condition.values.clone(),
                        ..Default::default()
                    });
            condition.values.clone_from(&config.values);
            filled(config.values.as_ref()) || filled(config.regex_values.as_ref())
        }
        "host-header" => {
            let config = condition.host_header_config.get_or_insert_default();
            if config.values.is_none() {
                config.values.clone_from(&condition.values);
            }
            condition.values.clone_from(&config.values);
            filled(config.values.as_ref()) || filled(config.regex_values.as_ref())
        }
        "http-header" => condition.http_header_config.as_ref().is_some_and(|config| {
            filled(config.values.as_ref()) || filled(config.regex_values.as_ref())
        }),
        "http-request-method" => condition
            .http_request_method_config
            .as_ref()
            .is_some_and(|config| filled(config.values.as_ref())),
        "query-string" => condition
            .query_string_config
            .as_ref()
            .is_some_and(|config| {
                config
                    .values
                    .as_ref()
                    .is_some_and(|list| !list.items.is_empty())
            }),
        "source-ip" => condition
            .source_ip_config
            .as_ref()
            .is_some_and(|config| filled(config.values.as_ref())),
        other => {
            return Err(invalid(&format!(
                "Condition field '{other}' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'"
            )));
        }
    };
    if complete {
        Ok(condition)
    } else {
        Err(invalid(&format!(
            "A condition value must be specified for '{field}'"
        )))
    }
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("ValidationError", message)
}

#[cfg(test)]
mod tests {
    use winterbaume_elasticloadbalancingv2::model::{
        ForwardActionConfig, TargetGroupStickinessConfig,
    };

    use super::*;

    fn forward(arn: &str) -> Action {
        Action {
            r#type: "forward".into(),
            target_group_arn: Some(arn.into()),
            ..Default::default()
        }
    }

    #[test]
    fn a_short_forward_gets_its_long_form() {
        let done = complete_actions(vec![forward("tg")]).unwrap();
        let config: &ForwardActionConfig = done[0].forward_config.as_ref().unwrap();
        assert_eq!(
            config.target_groups.as_ref().unwrap().items[0].weight,
            Some(1)
        );
        let sticky: &TargetGroupStickinessConfig =
            config.target_group_stickiness_config.as_ref().unwrap();
        assert_eq!(sticky.enabled, Some(false));
        assert_eq!(target_groups(&done).collect::<Vec<_>>(), ["tg"]);
    }

    #[test]
    fn a_forward_needs_a_group_and_an_action_list_needs_an_end() {
        let nothing = Action {
            r#type: "forward".into(),
            ..Default::default()
        };
        assert_eq!(
            complete_actions(vec![nothing]).unwrap_err().code,
            "ValidationError"
        );
        assert_eq!(
            complete_actions(vec![]).unwrap_err().code,
            "ValidationError"
        );
        assert_eq!(
            complete_actions(vec![forward("a"), forward("b")])
                .unwrap_err()
                .code,
            "ValidationError"
        );
    }
}
