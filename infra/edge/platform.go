package edge

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/dop251/goja"
)

// provide gives the machine what runtime 2.0 has and goja hasn't: the modules cloudfront and crypto, and Buffer.
func (m *machine) provide(store Store) {
	modules := m.vm.NewObject()
	must(modules.Set("cloudfront", m.cloudfront(store)))
	must(modules.Set("crypto", m.crypto()))
	must(m.vm.Set("__modules", modules))
	must(m.vm.Set("Buffer", m.buffer()))
}

// must is for setting properties of objects that we have just made, which can't fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (m *machine) cloudfront(store Store) *goja.Object {
	kvs := m.vm.NewObject()
	must(kvs.Set("get", func(key string, options goja.Value) *goja.Promise {
		promise, resolve, reject := m.vm.NewPromise()
		m.reads++
		value, err := m.read(store, key, options)
		if err != nil {
			must(reject(m.vm.NewGoError(err)))
		} else {
			must(resolve(value))
		}
		return promise
	}))
	must(kvs.Set("exists", func(key string) *goja.Promise {
		promise, resolve, _ := m.vm.NewPromise()
		_, found := store.Get(key)
		must(resolve(found))
		return promise
	}))
	cf := m.vm.NewObject()
	must(cf.Set("kvs", func() *goja.Object { return kvs }))
	must(cf.Set("selectRequestOriginById", func(id string) { m.origin = id }))
	must(cf.Set("updateRequestOrigin", func(o *goja.Object) { m.origin = o.Get("domainName").String() }))
	return cf
}

// read returns a value as text, or parsed when options ask for {format: 'json'}.
func (m *machine) read(store Store, key string, options goja.Value) (goja.Value, error) {
	text, found := store.Get(key)
	if !found {
		return nil, fmt.Errorf("KeyNotFound: %s", key)
	}
	value := m.vm.ToValue(text)
	if options == nil || goja.IsUndefined(options) || options.ToObject(m.vm).Get("format").String() != "json" {
		return value, nil
	}
	return m.parse(goja.Undefined(), value)
}

func (m *machine) crypto() *goja.Object {
	c := m.vm.NewObject()
	must(c.Set("createHash", func(name string) *goja.Object { return m.digester(m.hash(name)()) }))
	must(c.Set("createHmac", func(name, key string) *goja.Object {
		return m.digester(hmac.New(m.hash(name), []byte(key)))
	}))
	return c
}

func (m *machine) hash(name string) func() hash.Hash {
	switch name {
	case "md5":
		return md5.New
	case "sha1":
		return sha1.New
	case "sha256":
		return sha256.New
	}
	panic(m.vm.NewTypeError("not supported algorithm: %q", name))
}

func (m *machine) digester(h hash.Hash) *goja.Object {
	d := m.vm.NewObject()
	must(d.Set("update", func(text string) *goja.Object { h.Write([]byte(text)); return d }))
	must(d.Set("digest", func(form string) string { return m.text(h.Sum(nil), form) }))
	return d
}

func (m *machine) text(raw []byte, form string) string {
	switch form {
	case "hex":
		return hex.EncodeToString(raw)
	case "base64":
		return base64.StdEncoding.EncodeToString(raw)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return string(raw)
}

// buffer is the part of Buffer in use: Buffer.from(text, encoding).toString(encoding). Like the platform's, it
// decodes what it can of bad input and complains of nothing.
func (m *machine) buffer() *goja.Object {
	b := m.vm.NewObject()
	must(b.Set("from", func(text string, form goja.Value) *goja.Object {
		raw := []byte(text)
		if form != nil && form.String() == "base64url" {
			raw = make([]byte, base64.RawURLEncoding.DecodedLen(len(text)))
			n, _ := base64.RawURLEncoding.Decode(raw, []byte(text))
			raw = raw[:n]
		}
		out := m.vm.NewObject()
		must(out.Set("toString", func(form goja.Value) string {
			if form == nil || goja.IsUndefined(form) {
				return m.text(raw, "utf8")
			}
			return m.text(raw, form.String())
		}))
		return out
	}))
	return b
}
