package local

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// The secrets that the local cloud is seeded with, by id.
const (
	TokenKeysID = "foyer/token-keys"
	FrontDoorID = "foyer/front-door"
)

// Secrets plays Secrets Manager: GetSecretValue, PutSecretValue and DescribeSecret, current versions only.
type Secrets struct {
	mu     sync.Mutex
	values map[string]string
	reads  map[string]int
}

// NewSecrets makes new token keys, a new draw seed and a new front-door secret.
func NewSecrets() *Secrets {
	keys, _ := json.Marshal(map[string]any{
		"keys": []map[string]string{{"kid": "k1", "key": randomText(32)}},
		"seed": randomText(32),
	})
	return &Secrets{
		values: map[string]string{TokenKeysID: string(keys), FrontDoorID: randomText(32)},
		reads:  map[string]int{},
	}
}

// randomText is n random bytes in unpadded base64url.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Get is a secret's value; empty when there is none.
func (s *Secrets) Get(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[id]
}

// Put replaces a secret's value, as a rotation does.
func (s *Secrets) Put(id, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[id] = value
}

// Reads is how often functions have fetched the secret.
func (s *Secrets) Reads(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[id]
}

// ServeHTTP speaks the service's JSON 1.1 protocol.
func (s *Secrets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ SecretId, SecretString string }
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in) != nil {
		jsonError(w, "InvalidRequestException", "the request is no JSON object")
		return
	}
	id := in.SecretId[strings.LastIndex(in.SecretId, ":")+1:] // an ARN's last part
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "secretsmanager.")
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.values[id]
	if !ok {
		jsonError(w, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
		return
	}
	out := map[string]any{"ARN": "arn:aws:secretsmanager:" + Region + ":" + Account + ":secret:" + id, "Name": id}
	switch operation {
	case "GetSecretValue":
		s.reads[id]++
		out["SecretString"], out["VersionId"], out["VersionStages"] = value, uuid(), []string{"AWSCURRENT"}
	case "PutSecretValue":
		s.values[id] = in.SecretString
		out["VersionId"], out["VersionStages"] = uuid(), []string{"AWSCURRENT"}
	case "DescribeSecret":
	default:
		jsonError(w, "UnknownOperationException", "the local cloud doesn't play "+operation)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(out)
}

// jsonError is an error in the JSON protocols.
func jsonError(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": text})
}
