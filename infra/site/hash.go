package site

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"testing/fstest"
)

// hashed is the immutable name of an asset: assets/wait-main-0123456789.js.
func hashed(page, name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return "assets/" + page + "-" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:5]) + ext
}

func file(content []byte) *fstest.MapFile { return &fstest.MapFile{Data: content, Mode: 0o444} }
