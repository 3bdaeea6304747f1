package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/problem"
)

// doorCmd holds the commands for the front door's secret.
type doorCmd struct {
	Renew doorRenew `cmd:"" help:"Put a new value into the slot that CloudFront does not send."`
}

// vault keeps one secret's text.
type vault interface {
	get(ctx context.Context) (string, error)
	put(ctx context.Context, text string) error
}

type doorRenew struct {
	Slot string `arg:"" name:"a|b" enum:"a,b" help:"a or b: the one that the deployment's -c front-door does not name."`
	change
}

// Run replaces one slot's value. Functions take every slot's, so nothing is refused before CloudFront sends the new
// one.
func (c *doorRenew) Run(a *app) error {
	secret, live, err := a.parts.door()
	switch {
	case err != nil:
		return err
	case live == "":
		return problem.New(problem.Invalid,
			"say which slot CloudFront sends now: --live-slot, the variable FRONT_DOOR_SLOT, "+
				"or --stage, whose output FrontDoorSlot says it. Renewing that one shuts everybody out")
	case live == c.Slot:
		return problem.New(problem.Refused,
			"slot %s is the one that CloudFront sends: a new value there shuts everybody "+
				"out within minutes. Renew the other slot, and deploy with it", c.Slot)
	}
	text, err := secret.get(a.ctx)
	if err != nil {
		return err
	}
	var slots map[string]string
	if err := json.Unmarshal([]byte(text), &slots); err != nil {
		return fmt.Errorf("the front door's secret is not the JSON that the deployment makes") // its text stays unsaid
	}
	if on, err := a.may(c.change, asked,
		"put a new value into the front door's slot %s, while CloudFront sends slot %s; "+
			"whatever sends slot %s is refused within minutes", c.Slot, live, c.Slot); !on {
		return err
	}
	var value [32]byte
	rand.Read(value[:])
	slots[c.Slot] = base64.RawURLEncoding.EncodeToString(value[:])
	renewed, err := json.Marshal(slots)
	if err != nil {
		return err
	}
	if err := secret.put(a.ctx, string(renewed)); err != nil {
		return err
	}
	return a.result(map[string]any{"slot": c.Slot},
		"slot %s has a new value, which functions take at once; deploy with "+
			"-c front-door=%s to have CloudFront send it", c.Slot, c.Slot)
}

// sealed is a secret in Secrets Manager.
type sealed struct {
	client *secretsmanager.Client
	id     string
}

func (s sealed) get(ctx context.Context) (string, error) {
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}

func (s sealed) put(ctx context.Context, text string) error {
	_, err := s.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &s.id, SecretString: &text})
	return err
}

func (c *cloud) door() (vault, string, error) {
	if err := named(c.tables.Door, "door", "FRONT_DOOR_SECRET"); err != nil {
		return nil, "", err
	}
	cfg, err := c.configure()
	return sealed{secretsmanager.NewFromConfig(cfg), c.tables.Door}, c.tables.Slot, err
}
