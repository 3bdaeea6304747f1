package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/infra/local/lambda"
	"foyer/infra/topology"
)

// shell is an operator's shell for a local cloud.
type shell struct {
	*testing.T
	*Cloud
	env, bin string
}

func newShell(t *testing.T) *shell {
	if testing.Short() {
		t.Skip("builds functions: run without -short")
	}
	var functions []topology.Function
	for _, f := range topology.Functions {
		switch f.Name {
		case "register", "relay", "exchange", "census", "rotate", "bookkeeper", "admit", "notify", "seats":
			functions = append(functions, f)
		}
	}
	c, err := Up(t.Context(), Options{
		Functions: functions, Prefix: fmt.Sprintf("runbook-%d-", time.Now().UnixNano()),
		Lambda: lambda.Options{Logs: t.Output()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Down)
	s := &shell{T: t, Cloud: c, bin: filepath.Join(t.TempDir(), "foyerctl"), env: filepath.Join(t.TempDir(), "env")}
	if out, err := exec.Command("go", "build", "-o", s.bin, "foyer/infra/ctl").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines, err := c.Operator()
	if err == nil {
		err = os.WriteFile(s.env, []byte(lines), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// does runs a command and expects its exit code and what it says.
func (s *shell) does(code int, command, want string) {
	s.Helper()
	s.begins(command)(code, want)
}

// begins starts a command, and returns what waits for it and expects its exit code and what it says.
func (s *shell) begins(command string) (ends func(code int, want string)) {
	s.Helper()
	line := ". " + s.env + "; exec " + s.bin + strings.TrimPrefix(command, "foyerctl")
	var out bytes.Buffer
	shell := exec.CommandContext(s.Context(), "bash", "-c", line)
	shell.Stdout, shell.Stderr = &out, &out
	if err := shell.Start(); err != nil {
		s.Fatal(err)
	}
	return func(code int, want string) {
		s.Helper()
		_ = shell.Wait()
		if got := shell.ProcessState.ExitCode(); got != code || !strings.Contains(out.String(), want) {
			s.Fatalf("%s: exit code %d, want %d with %q: %s", command, got, code, want, &out)
		}
	}
}

// registers has somebody new arrive and register through the front door.
func (s *shell) registers() int {
	s.Helper()
	ask := func(method, path, token string) *http.Response {
		r, err := http.NewRequestWithContext(s.Context(), method, s.URL+path, nil)
		if err != nil {
			s.Fatal(err)
		}
		r.Header.Set("Accept", "application/json")
		r.Header.Set("X-Foyer-Visitor", token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	var arrival struct{ VisitorToken string }
	_ = json.NewDecoder(ask(http.MethodGet, "/", "").Body).Decode(&arrival)
	return ask(http.MethodPost, "/foyer/zones/main/register", arrival.VisitorToken).StatusCode
}

// within waits for something that other processes do.
func (s *shell) within(what string, true func() bool) {
	s.Helper()
	for end := time.Now().Add(time.Minute); !true(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("not in time: %s", what)
		}
	}
}

// The runbook's procedures work on the local cloud, in an order in which nothing live is shut.
func TestTheRunbookIsWalked(t *testing.T) {
	s := newShell(t)
	s.does(0, "foyerctl zone create main --capacity 10 --rate 60", "zone main is closed")
	s.within("the first look", func() bool { return s.Lambda.Stats()["exchange"].Concurrent == 0 })
	looks := s.Lambda.Stats()["exchange"].Invocations
	s.does(0, "foyerctl zone open main", "zone main is open")
	s.within("exchange and census to run, long before their schedule", func() bool {
		return s.Lambda.Stats()["exchange"].Invocations > looks && s.Lambda.Stats()["census"].Concurrent > 0
	})
	s.within("somebody's place", func() bool { return s.registers() == http.StatusOK })

	// A secret with two slots: never the live one; and visitors come in all the while.
	s.does(4, "foyerctl front-door renew a --yes", "is the one that CloudFront sends")
	s.does(0, "foyerctl front-door renew b --yes", "slot b has a new value")
	s.does(0, "foyerctl site-secret renew b --yes", "slot b has a new value")
	if err := s.Lambda.Kill("register", lambda.KillNow); err != nil { // the new process reads the secret anew
		t.Fatal(err)
	}
	s.within("a place, with the other slot renewed", func() bool { return s.registers() == http.StatusOK })

	at := func(service string) *string { return aws.String(s.inside.Address + service) }
	keys := credentials.NewStaticCredentialsProvider("local", "local", "")
	secrets := secretsmanager.New(secretsmanager.Options{Region: "eu-central-1", Credentials: keys,
		BaseEndpoint: at("/secrets/")})
	before := s.Secrets.Get(TokenKeysID)
	if _, err := secrets.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{
		SecretId: aws.String(TokenKeysID)}); err != nil {
		t.Fatal(err)
	}
	s.within("other token keys", func() bool { return s.Secrets.Get(TokenKeysID) != before })
	s.within("a place on the new keys", func() bool { return s.registers() == http.StatusOK })

	functions := awslambda.New(awslambda.Options{Region: "eu-central-1", Credentials: keys, BaseEndpoint: at("/lambda/")})
	runs := s.Lambda.Stats()["census"].Invocations
	if out, err := functions.Invoke(t.Context(), &awslambda.InvokeInput{FunctionName: aws.String("census"),
		InvocationType: types.InvocationTypeEvent}); err != nil || out.StatusCode != http.StatusAccepted {
		t.Fatalf("%+v, %v", out, err)
	}
	s.within("a census by hand", func() bool { return s.Lambda.Stats()["census"].Invocations > runs })

	// A page of grants that nobody can read is given up by notify in the meantime.
	if _, err := s.Dynamo.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String(s.Prefix + "grants"), Item: map[string]ddbtypes.AttributeValue{
			"part": &ddbtypes.AttributeValueMemberS{Value: "poison#0"}, "page": &ddbtypes.AttributeValueMemberN{Value: "1"},
			"n": &ddbtypes.AttributeValueMemberBOOL{Value: true}, "slots": &ddbtypes.AttributeValueMemberS{Value: "?"}},
	}); err != nil {
		t.Fatal(err)
	}

	// One visitor's whole way, in a zone that is gone afterwards; it waits most of the time, so other things go on.
	smoked := s.begins("foyerctl doctor --smoke")

	// A crowd comes, waits, enters, locks seats and gives them back.
	s.does(0, "foyerctl zone create dress --capacity 15 --rate 1200", "zone dress is closed")
	s.does(0, "foyerctl venue load dress ../../testdata/venues/theatre-300.json", "300 seats")
	s.does(4, "foyerctl rehearse dress --yes", "zone dress is closed: open it first")
	s.does(0, "foyerctl zone open dress", "zone dress is open")
	report := filepath.Join(t.TempDir(), "rehearsal.html")
	s.does(4, "foyerctl rehearse dress", "it costs nothing")
	s.does(0, "foyerctl rehearse dress --people 30 --per-second 30 --ramp 1s --stay 1s --for 1m --yes -o "+report,
		"30 of 30 people came, 30 entered, 30 left")
	if page, err := os.ReadFile(report); err != nil || !strings.Contains(string(page), "Everybody who had the time") {
		t.Errorf("%v: %s", err, page)
	}

	// What notify gave up is read back, handed to it again, and forgotten.
	s.within("the letter", func() bool { return s.Streams.GivenUp("notify") > 0 })
	events := filepath.Join(t.TempDir(), "events.jsonl")
	s.does(0, `foyerctl letters "$(out LettersNotify)" > `+events, "")
	text, err := os.ReadFile(events)
	if err != nil || !strings.Contains(string(text), "poison#0") || strings.Count(string(text), "\n") != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	again, err := functions.Invoke(t.Context(), &awslambda.InvokeInput{FunctionName: aws.String("notify"), Payload: text})
	if err != nil || !strings.Contains(string(again.Payload), "batchItemFailures") {
		t.Fatalf("%s, %v", again.Payload, err)
	}
	s.does(0, `foyerctl letters --forget `+events+` "$(out LettersNotify)"`, "")
	if left := s.Queues.Depth(lettersOf("notify")); left != 0 {
		t.Errorf("%d letters are left", left)
	}

	smoked(0, "are right")
	s.does(0, "foyerctl zone list | { ! grep smoke-; }", "")

	s.does(0, "foyerctl redrive", "payments")
	s.does(0, "foyerctl redrive mails", "nothing was given up")
	s.does(0, "foyerctl ledger verify main", "seats, orders, payments and ledger agree")
	s.does(0, "foyerctl ticket keys", "")
	s.does(0, "foyerctl zone close main --yes", "zone main is closed")
}
