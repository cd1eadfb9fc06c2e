"""A Cognito user pool with one user who has signed in, as ``docs/sign-in.md`` says how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.cloud import Cloud

PASSWORD = "Correct-horse-7-battery"


@dataclass(frozen=True)
class Pool:
    """A pool, its app client, and the ID token of its user."""

    id: str
    arn: str
    client: str
    token: str


def pool_with_a_user(cloud: Cloud, name: str) -> Pool:
    """Make a pool whose users nobody but its owner makes, and one of them; she signs in without AWS credentials."""
    cognito = cloud.session().client("cognito-idp", **cloud.client_options())  # type: ignore[call-overload]
    made = cognito.create_user_pool(PoolName=name, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})["UserPool"]
    app = cognito.create_user_pool_client(
        UserPoolId=made["Id"], ClientName="tool", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]
    cognito.admin_create_user(UserPoolId=made["Id"], Username="ann", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=made["Id"], Username="ann", Password=PASSWORD, Permanent=True)
    signed_in = cognito.initiate_auth(
        ClientId=app["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    return Pool(made["Id"], made["Arn"], app["ClientId"], signed_in["AuthenticationResult"]["IdToken"])
