<?php
// A sample for the protected site: include it first. It lets only requests in that came through the front door.
// FOYER_SITE_SECRETS holds the site's secrets, of which there are two while one is being replaced, with a space between.
$given = $_SERVER['HTTP_X_FOYER_SITE'] ?? '';
$known = array_filter(explode(' ', getenv('FOYER_SITE_SECRETS') ?: ''), fn ($secret) => $secret !== '' && hash_equals($secret, $given));
if (!$known) {
    http_response_code(403);
    exit('come through the front door');
}
