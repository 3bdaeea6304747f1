<?php
// A sample for the protected site: the visitor whom a request's x-foyer-statement names; empty unless the front door
// signed it, with the zone's key, for the zone, and it still holds.
function visitor_of(string $statement, string $zone, string $key): string {
    $end = (int) strrpos($statement, '.');
    $signed = substr($statement, 0, $end);
    $want = strtr(rtrim(base64_encode(hash_hmac('sha256', $signed, $key, true)), '='), '+/', '-_');
    if (!hash_equals(".$want", substr($statement, $end))) {
        return '';
    }
    $claims = json_decode(base64_decode(strtr(explode('.', $signed)[1], '-_', '+/')), true);
    return ($claims['aud'] ?? '') === $zone && $claims['exp'] > time() ? $claims['sub'] : '';
}
