package keyring_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/aws/keyring"
	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

var start = time.Unix(1_700_000_000, 0)

// vault is Secrets Manager with one secret.
type vault struct {
	text  string
	err   error
	reads int
}

func (v *vault) GetSecretValue(
	_ context.Context,
	in *secretsmanager.GetSecretValueInput,
	_ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	v.reads++
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(v.text)}, v.err
}

type stage struct {
	*testing.T
	vault *vault
	ring  *keyring.Keyring
	now   time.Time
}

func newStage(t *testing.T) *stage {
	s := &stage{T: t, vault: &vault{text: secret(t, "k1")}, now: start}
	s.ring = &keyring.Keyring{Secret: &keyring.Secret{Client: s.vault, ID: "keys", Now: func() time.Time { return s.now }}}
	return s
}

// secret is a keyring's JSON with these keys, the first of which signs.
func secret(t *testing.T, kids ...string) string {
	var all token.MasterKeys
	for _, kid := range kids {
		one, err := token.NewMasterKeys(bytes.NewReader(bytes.Repeat([]byte(kid), 96)), kid)
		if err != nil {
			t.Fatal(err)
		}
		all.Keys, all.Seed, all.Lasting = append(all.Keys, one.Keys...), one.Seed, one.Lasting
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s *stage) visitorToken(kid string) string {
	s.Helper()
	ring, err := token.ParseKeyring([]byte(secret(s.T, kid)))
	if err != nil {
		s.Fatal(err)
	}
	return ring.SignVisitor(token.Visitor{Zone: "main", Arrived: s.now, Priority: 8}, s.now)
}

func (s *stage) visitor(text string) error {
	_, err := s.ring.Visitor(s.Context(), "main", text)
	return err
}

func TestKeysAreReadAtFirstUseAndRemembered(t *testing.T) {
	s := newStage(t)
	if s.vault.reads != 0 {
		t.Fatal("read before use")
	}
	good := s.visitorToken("k1")
	for range 3 {
		if err := s.visitor(good); err != nil {
			t.Fatal(err)
		}
	}
	s.now = start.Add(keyring.Life - time.Millisecond)
	_ = s.visitor(good)
	if s.vault.reads != 1 {
		t.Errorf("%d reads within the life of the keys, want 1", s.vault.reads)
	}
	s.now = start.Add(keyring.Life)
	_ = s.visitor(good)
	if s.vault.reads != 2 {
		t.Errorf("%d reads after it, want 2", s.vault.reads)
	}
}

func TestAnUnknownKeyIsLookedForOnce(t *testing.T) {
	s := newStage(t)
	_ = s.visitor(s.visitorToken("k1"))
	s.vault.text = secret(t, "k2", "k1")
	s.now = start.Add(time.Minute)
	if err := s.visitor(s.visitorToken("k2")); err != nil {
		t.Errorf("a token under the new key: %v", err)
	}
	for range 5 {
		if err := s.visitor(s.visitorToken("k3")); problem.CodeOf(err) != problem.Unauthorized {
			t.Errorf("a token under a key that never was: %v", err)
		}
	}
	if s.vault.reads != 2 {
		t.Errorf("%d reads: forged key ids make us ask", s.vault.reads)
	}
}

func TestKeysAreLookedForAgainAfterThePause(t *testing.T) {
	s := newStage(t)
	_ = s.visitor(s.visitorToken("k1"))
	for _, after := range []struct {
		pause time.Duration
		reads int
	}{{keyring.Pause - time.Millisecond, 1}, {keyring.Pause, 2}} {
		s.now = start.Add(after.pause)
		if _ = s.visitor(s.visitorToken("k3")); s.vault.reads != after.reads {
			t.Errorf("after %v: %d reads, want %d", after.pause, s.vault.reads, after.reads)
		}
	}
}

func TestAForgedSignatureReadsNothing(t *testing.T) {
	s := newStage(t)
	good := s.visitorToken("k1")
	_ = s.visitor(good)
	s.now = start.Add(time.Minute)
	if err := s.visitor(good[:len(good)-2] + "AA"); problem.CodeOf(err) != problem.Unauthorized {
		t.Errorf("error %v", err)
	}
	if s.vault.reads != 1 {
		t.Errorf("%d reads", s.vault.reads)
	}
}

func TestOldKeysServeOnWhileNewOnesCantBeHad(t *testing.T) {
	for name, trouble := range map[string]func(*vault){
		"the service fails": func(v *vault) { v.err = errors.New("down") },
		"a botched secret":  func(v *vault) { v.text = `{"keys":[]}` },
		"an empty secret":   func(v *vault) { v.text = "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			good := s.visitorToken("k1")
			_ = s.visitor(good)
			trouble(s.vault)
			s.now = start.Add(keyring.Life)
			if err := s.visitor(good); err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Until a secret was read once there is nothing to serve, however soon it is asked for again.
func TestASecretThatWasNeverReadIsNoSecret(t *testing.T) {
	s := newStage(t)
	good := s.visitorToken("k1")
	s.vault.err = errors.New("down")
	for range 2 {
		if err := s.visitor(good); problem.CodeOf(err) != problem.Internal {
			t.Errorf("error %v", err)
		}
	}
	botched := newStage(t)
	botched.vault.text = `{"keys":[]}`
	if err := botched.visitor(good); problem.CodeOf(err) != problem.Internal {
		t.Errorf("a botched secret, the first of all: %v", err)
	}
	s.vault.err = nil
	if err := s.visitor(good); err != nil || s.vault.reads != 3 {
		t.Errorf("error %v after %d reads", err, s.vault.reads)
	}
}

func TestWithoutKeysItIsOurFaultAndTheErrorTellsNothing(t *testing.T) {
	s := newStage(t)
	s.vault.err = errors.New("down")
	err := s.visitor(s.visitorToken("k1"))
	if problem.CodeOf(err) != problem.Internal || problem.Describe(err, "").Detail != "" {
		t.Errorf("error %v", err)
	}
}

func TestAnExpiredAccessTokenStillTellsItsGrant(t *testing.T) {
	s := newStage(t)
	ref := bucket.Ref{Page: 3, Slot: 4}
	text, until, err := s.ring.SignAccess(t.Context(), token.Access{
		Zone: "main", ID: queue.VisitorID{1}, Ref: ref, Expires: start.Add(time.Hour),
	})
	if err != nil || !until.Equal(start.Add(token.AccessLife)) {
		t.Fatalf("until %v, error %v", until, err)
	}
	s.now = start.Add(time.Hour)
	a, err := s.ring.Access(t.Context(), "main", text)
	if err != nil || a.Ref != ref {
		t.Errorf("grant %v, error %v", a.Ref, err)
	}
	if _, err := s.ring.Access(t.Context(), "other", text); problem.CodeOf(err) != problem.Unauthorized {
		t.Errorf("another zone's token: %v", err)
	}
}

func TestAnAccessTokenEndsWithItsGrant(t *testing.T) {
	s := newStage(t)
	_, until, err := s.ring.SignAccess(t.Context(), token.Access{
		Zone: "main", Ref: bucket.Ref{Page: 1}, Expires: start.Add(30 * time.Second),
	})
	if err != nil || !until.Equal(start.Add(30*time.Second)) {
		t.Errorf("until %v, error %v", until, err)
	}
}
