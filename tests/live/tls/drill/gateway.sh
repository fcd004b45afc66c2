#!/bin/sh
# The administrator of the gateway at work.
exec "$GATEWAY_CONSOLE" "$@"
