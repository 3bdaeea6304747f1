// Package deploytest holds one story against a real `cdk deploy`: bootstrap, deploy, make the token keys, come
// in over HTTP and over the socket, find nothing to diff, update, destroy. The cloud is ministack, an emulator.
//
// What the emulator can't do is taken out of the template before (see gaps) and is shown elsewhere: the edge
// function, its store and the pages by the local cloud's tests, the ping's answer and the rotation's schedule by the
// template's tests, the queries behind some alarms by nothing but cfn-lint. It has no WAF, no CDN cache, and no
// retry rules for streams.
package deploy
