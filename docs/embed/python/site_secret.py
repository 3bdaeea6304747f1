"""A sample for the protected site: a WSGI middleware that lets only requests in that came through the front door."""
import hmac


def from_front_door(secrets, app):
    """secrets are the site's, of which there are two while one is being replaced."""
    def middleware(environ, start_response):
        given = environ.get("HTTP_X_FOYER_SITE", "").encode()
        if any(secret and hmac.compare_digest(given, secret.encode()) for secret in secrets):
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"come through the front door"]
    return middleware
