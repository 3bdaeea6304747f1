"""A sample for the protected site: who comes in, by the request's x-foyer-statement."""
import base64
import hmac
import json
import time


def visitor_of(statement, zone, key):
    """The visitor; empty unless the front door signed it, with the zone's key, for the zone, and it still holds."""
    signed, _, signature = statement.rpartition(".")
    want = base64.urlsafe_b64encode(hmac.digest(key.encode(), signed.encode(), "sha256")).rstrip(b"=")
    if not hmac.compare_digest(want, signature.encode()):
        return ""
    claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
    good = isinstance(claims, dict) and claims.get("aud") == zone and claims["exp"] > time.time()
    return claims["sub"] if good else ""
