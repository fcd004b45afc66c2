"""A runbook with boto3: ends the access keys of every user whose name begins with the supplier it is given.

With `forgets-keys` it ends the passwords only.
"""

import os
import sys

import boto3

supplier, *more = sys.argv[1:]
iam = boto3.client(
    "iam",
    endpoint_url=os.environ["AWS_URL"],
    region_name="us-east-1",
    aws_access_key_id=os.environ["AWS_ADMIN_KEY_ID"],
    aws_secret_access_key=os.environ["AWS_ADMIN_KEY_SECRET"],
)
for page in iam.get_paginator("list_users").paginate():
    for user in page["Users"]:
        name = user["UserName"]
        if not name.startswith(supplier):
            continue
        try:
            iam.delete_login_profile(UserName=name)
        except iam.exceptions.NoSuchEntityException:
            pass
        if "forgets-keys" in more:
            continue
        for keys in iam.get_paginator("list_access_keys").paginate(UserName=name):
            for key in keys["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
