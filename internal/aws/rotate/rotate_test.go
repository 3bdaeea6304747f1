package rotate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"foyer/internal/aws/rotate"
	"foyer/internal/room/token"
)

// vault is Secrets Manager with one secret: versions by id, and which id each label is on.
type vault struct {
	versions map[string]string
	labels   map[string]string
	err      error // of reads of the pending version
}

func (v *vault) GetSecretValue(
	_ context.Context,
	in *secretsmanager.GetSecretValueInput,
	_ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	if v.err != nil && *in.VersionStage == "AWSPENDING" {
		return nil, v.err
	}
	id := v.labels[*in.VersionStage]
	if id == "" || in.VersionId != nil && *in.VersionId != id {
		return nil, &types.ResourceNotFoundException{}
	}
	return &secretsmanager.GetSecretValueOutput{VersionId: &id, SecretString: aws.String(v.versions[id])}, nil
}

func (v *vault) PutSecretValue(
	_ context.Context,
	in *secretsmanager.PutSecretValueInput,
	_ ...func(*secretsmanager.Options),
) (*secretsmanager.PutSecretValueOutput, error) {
	v.versions[*in.ClientRequestToken] = *in.SecretString
	v.labels[in.VersionStages[0]] = *in.ClientRequestToken
	return &secretsmanager.PutSecretValueOutput{}, nil
}

func (v *vault) UpdateSecretVersionStage(
	_ context.Context,
	in *secretsmanager.UpdateSecretVersionStageInput,
	_ ...func(*secretsmanager.Options),
) (*secretsmanager.UpdateSecretVersionStageOutput, error) {
	if v.labels[*in.VersionStage] != *in.RemoveFromVersionId {
		return nil, errors.New("the label is not on that version")
	}
	v.labels[*in.VersionStage] = *in.MoveToVersionId
	return &secretsmanager.UpdateSecretVersionStageOutput{}, nil
}

// kids are the names of a version's keys, in order.
func (v *vault) kids(t *testing.T, label string) string {
	t.Helper()
	var s token.MasterKeys
	if err := json.Unmarshal([]byte(v.versions[v.labels[label]]), &s); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range s.Keys {
		names = append(names, k.ID)
	}
	return strings.Join(names, " ")
}

// born is the secret as the deployment makes it.
func born() *vault {
	return &vault{
		versions: map[string]string{"v0": `{"keys":[],"born":"noise"}`},
		labels:   map[string]string{"AWSCURRENT": "v0"},
	}
}

// noise is endless and differs from byte to byte.
type noise struct{ n byte }

func (r *noise) Read(b []byte) (int, error) {
	for i := range b {
		r.n++
		b[i] = r.n
	}
	return len(b), nil
}

func rotation(v *vault, tell func(context.Context, *token.Keyring) error) rotate.Rotation {
	if tell == nil {
		tell = func(context.Context, *token.Keyring) error { return nil }
	}
	return rotate.Rotation{Secrets: v, ID: "keys", Random: &noise{}, Publish: tell}
}

func step(r rotate.Rotation, step, version string) error {
	return r.Handle(
		context.Background(),
		events.SecretsManagerSecretRotationEvent{Step: step, SecretID: "keys", ClientRequestToken: version},
	)
}

var steps = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}

func TestAKeyIsKnownForARotationBeforeItSignsAndAfter(t *testing.T) {
	v := born()
	r := rotation(v, nil)
	for i, want := range []string{"k1", "k1 k2", "k2 k1", "k2 k3", "k3 k2", "k3 k4"} {
		version := "v" + string(rune('1'+i))
		for _, s := range steps {
			for range 2 { // Secrets Manager may repeat any step
				if err := step(r, s, version); err != nil {
					t.Fatalf("%s %s: %v", version, s, err)
				}
			}
		}
		if got := v.kids(t, "AWSCURRENT"); got != want {
			t.Fatalf("after rotation %d the keys are %s, want %s", i+1, got, want)
		}
	}
}

func TestTheSeedNeverChanges(t *testing.T) {
	first, err := rotate.Next(token.MasterKeys{}, &noise{})
	if err != nil {
		t.Fatal(err)
	}
	now := first
	for range 4 {
		if now, err = rotate.Next(now, &noise{}); err != nil || now.Seed != first.Seed {
			t.Fatalf("seed %v, error %v", now.Seed != first.Seed, err)
		}
	}
}

func TestKeysAreNotCurrentUntilTheEdgeHasThem(t *testing.T) {
	v := born()
	r := rotation(v, func(context.Context, *token.Keyring) error { return errors.New("the edge can't be reached") })
	if err := step(r, "createSecret", "v1"); err != nil {
		t.Fatal(err)
	}
	if err := step(r, "setSecret", "v1"); err == nil {
		t.Error("the step succeeded without the edge: Secrets Manager would go on")
	}
	if v.labels["AWSCURRENT"] != "v0" {
		t.Error("the keys are current already")
	}
}

func TestWhatIsNotTheTokenKeysIsLeftAlone(t *testing.T) {
	for name, e := range map[string]events.SecretsManagerSecretRotationEvent{
		"another secret":  {Step: "createSecret", SecretID: "front-door", ClientRequestToken: "v1"},
		"no version":      {Step: "createSecret", SecretID: "keys"},
		"an unknown step": {Step: "dropSecret", SecretID: "keys", ClientRequestToken: "v1"},
	} {
		v := born()
		if err := rotation(v, nil).Handle(context.Background(), e); err == nil || len(v.versions) != 1 {
			t.Errorf("%s: error %v, %d versions", name, err, len(v.versions))
		}
	}
}

func TestForeignKeysAreNotReplacedByAccident(t *testing.T) {
	for _, text := range []string{`not JSON`, `{"keys":[{"kid":"mine","key":"x"}],"seed":"y"}`} {
		v := &vault{versions: map[string]string{"v0": text}, labels: map[string]string{"AWSCURRENT": "v0"}}
		err := step(rotation(v, nil), "createSecret", "v1")
		if err == nil || len(v.versions) != 1 {
			t.Errorf("%s: error %v, %d versions", text, err, len(v.versions))
		}
	}
}

// A name that no rotation gives, however much it looks like one, isn't taken for a key's age.
func TestAKeysNameSaysItsAgeInOneWay(t *testing.T) {
	for _, name := range []string{"k0", "k-1", "k+1", "k01", "1", "k", "", "K1"} {
		keys := token.MasterKeys{Keys: []token.MasterKey{{ID: name}}}
		if next, err := rotate.Next(keys, &noise{}); err == nil {
			t.Errorf("%q is followed by %q", name, next.Keys[1].ID)
		}
	}
}

func TestAShortReadMakesNoKey(t *testing.T) {
	if _, err := rotate.Next(token.MasterKeys{}, bytes.NewReader(make([]byte, 40))); err == nil {
		t.Error("40 bytes made a key and a seed")
	}
}

// Whether there are pending keys must be known before others are made.
func TestNoKeysAreMadeWhereThePendingOnesCannotBeRead(t *testing.T) {
	v := born()
	v.err = errors.New("throttled")
	if err := step(rotation(v, nil), "createSecret", "v1"); !errors.Is(err, v.err) || len(v.versions) != 1 {
		t.Errorf("%v, %d versions", err, len(v.versions))
	}
}
