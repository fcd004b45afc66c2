"""boto3 offboards ACME's Maya from IAM; what is left is a session minted before."""

import json
from os import environ

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from claims import claim, refused, until, until_refused

# No second attempts by the SDK: every answer is looked at here.
ONCE = Config(retries={"total_max_attempts": 1})


def aws(service, key, secret, token=None):
    return boto3.client(service, region_name="us-east-1", config=ONCE,
                        endpoint_url=environ[f"AWS_{service.upper()}_URL"], aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token)


def of(who, service):
    return aws(service, environ[f"{who}_KEY_ID"], environ[f"{who}_KEY_SECRET"])


def by(service, made):
    return aws(service, made["AccessKeyId"], made["SecretAccessKey"], made.get("SessionToken"))


def code(code, status=403):
    return lambda e: (e.response["Error"]["Code"],
                      e.response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


iam = of("AWS_ADMIN", "iam")
maya = of("ACME_AWS_MAYA", "sts")

# Create and list.
assert iam.create_user(UserName="acme-drill")["User"]["UserId"].startswith("AIDA")
with refused(iam.exceptions.EntityAlreadyExistsException, code("EntityAlreadyExists", 409)):
    iam.create_user(UserName="acme-drill")
pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3})
names = [user["UserName"] for page in pages for user in page["Users"]]
assert len(names) == len(set(names)) > 6 and {"acme-drill", "acme-maya"} <= set(names), names
claim("a user is created once, then EntityAlreadyExistsException; users are listed over several pages")
iam.put_user_policy(UserName="acme-drill", PolicyName="read", PolicyDocument=json.dumps(
    {"Version": "2012-10-17",
     "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}))
made = iam.create_access_key(UserName="acme-drill")["AccessKey"]
drill = by("sts", made)
who = until(ClientError, drill.get_caller_identity)
assert who["Arn"] == "arn:aws:iam::123456789012:user/acme-drill"
claim("a new key works after a moment, as the user it was made for")

# Use.
assert maya.get_caller_identity()["UserId"] == "AIDAACMEMAYAXXXXXXXXX"
assert of("ACME_AWS_MAYA", "iam").get_user(UserName="acme-maya")["User"]["UserName"] == "acme-maya"
session = by("sts", maya.get_session_token(DurationSeconds=3600)["Credentials"])
assert session.get_caller_identity()["UserId"] == "AIDAACMEMAYAXXXXXXXXX"
partner = of("ACME_AWS_PARTNER", "sts")
role = {"RoleArn": "arn:aws:iam::123456789012:role/acme-access", "RoleSessionName": "drill",
        "ExternalId": environ["ACME_AWS_EXTERNAL_ID"]}
assumed = by("sts", partner.assume_role(**role)["Credentials"])
assert assumed.get_caller_identity()["Arn"].endswith(":assumed-role/acme-access/drill")
claim("key, session token and assumed role name their principal")
with refused(ClientError, code("InvalidClientTokenId")):
    aws("sts", "AKIA" + "NEVER" * 3 + "X", "0" * 40).get_caller_identity()
with refused(ClientError, code("SignatureDoesNotMatch")):
    aws("sts", environ["ACME_AWS_LEO_KEY_ID"], "0" * 40).get_caller_identity()
with refused(ClientError, code("AccessDenied")):
    of("ACME_AWS_MAYA", "iam").delete_user(UserName="acme-leo")
with refused(iam.exceptions.NoSuchEntityException, code("NoSuchEntity", 404)):
    iam.get_user(UserName="acme-nobody")
claim("refusals: InvalidClientTokenId, SignatureDoesNotMatch, AccessDenied, NoSuchEntityException")

# Revoke.
[key] = iam.list_access_keys(UserName="acme-maya")["AccessKeyMetadata"]
iam.update_access_key(UserName="acme-maya", AccessKeyId=key["AccessKeyId"], Status="Inactive")
error = until_refused(ClientError, maya.get_caller_identity)
assert code("InvalidClientTokenId")(error), error
assert session.get_caller_identity()["UserId"] == "AIDAACMEMAYAXXXXXXXXX"
claim("switched off: the key is InvalidClientTokenId after seconds; SURVIVES: its session")
with refused(iam.exceptions.DeleteConflictException, code("DeleteConflict", 409)):
    iam.delete_user(UserName="acme-maya")
claim("a user who has anything left is DeleteConflictException")
iam.delete_access_key(UserName="acme-maya", AccessKeyId=key["AccessKeyId"])
with refused(iam.exceptions.NoSuchEntityException, code("NoSuchEntity", 404)):
    iam.delete_access_key(UserName="acme-maya", AccessKeyId=key["AccessKeyId"])
assert iam.list_access_keys(UserName="acme-maya")["AccessKeyMetadata"] == []
iam.delete_login_profile(UserName="acme-maya")
for device in iam.list_mfa_devices(UserName="acme-maya")["MFADevices"]:
    iam.deactivate_mfa_device(UserName="acme-maya", SerialNumber=device["SerialNumber"])
for name in iam.list_user_policies(UserName="acme-maya")["PolicyNames"]:
    iam.delete_user_policy(UserName="acme-maya", PolicyName=name)
iam.delete_user(UserName="acme-maya")
with refused(iam.exceptions.NoSuchEntityException, code("NoSuchEntity", 404)):
    iam.get_user(UserName="acme-maya")
claim("key, password, second factor, policies, then the user: all deleted")
assert session.get_caller_identity()["UserId"] == "AIDAACMEMAYAXXXXXXXXX"
claim("SURVIVES: the session that was minted from the deleted key of the deleted user")

trust = iam.get_role(RoleName="acme-access")["Role"]["AssumeRolePolicyDocument"]
trust["Statement"] = [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]
iam.update_assume_role_policy(RoleName="acme-access", PolicyDocument=json.dumps(trust))
assert assumed.get_caller_identity()["Arn"].endswith("acme-access/drill")
claim("SURVIVES: the assumed role, when the trust is closed")
assert of("GLOBEX_AWS_MAYA", "sts").get_caller_identity()["Arn"].endswith(":user/globex-maya")
claim("the other supplier is untouched")
