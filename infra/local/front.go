package local

import "net/http"

// StoreARN is the key-value store's name.
const StoreARN = "arn:aws:cloudfront::" + Account + ":key-value-store/11111111-2222-3333-4444-555555555555"

// newFront puts the CDN before everything.
func (c *Cloud) newFront(o Options) error {
	mux := http.NewServeMux()
	mux.Handle("/ws", c.Sockets)
	mux.Handle("/", c.HTTP)
	c.Front, c.Store = mux, http.NotFoundHandler()
	return nil
}
