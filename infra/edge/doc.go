// Package edge builds the edge functions, the gate and the API's, from their modules: with a deployment's constants,
// without comments, checked against the platform's size limit. It also runs the built text as the CDN would, for the
// local cloud and for tests.
package edge
