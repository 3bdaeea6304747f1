package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// deployed is the parts of the module that read what others wrote.
var deployed = []string{"../internal", "../functions", "../infra/ctl", "../infra/edge", "../infra/stage"}

// decoding is the calls that take text or bytes apart. A function that makes one is a decoder.
var decoding = map[string]bool{
	"json.Unmarshal": true, "json.NewDecoder": true, "hex.DecodeString": true, "csv.NewReader": true,
	"base64.RawURLEncoding.DecodeString": true, "base64.StdEncoding.DecodeString": true, "gzip.NewReader": true,
	"attributevalue.UnmarshalMapJSON": true, "attributevalue.UnmarshalMap": true, "toml.Decode": true,
	"toml.Unmarshal": true, "url.Parse": true, "url.ParseQuery": true, "url.QueryUnescape": true,
	"mail.ParseAddress": true, "netmail.ParseAddress": true, "fmt.Sscanf": true, "fmt.Sscan": true,
	"strconv.ParseFloat": true, "strconv.ParseInt": true, "strconv.ParseUint": true, "strconv.Atoi": true,
	"time.Parse": true, "time.ParseInLocation": true,
}

// Why a decoder needs no fuzzer.
const (
	ownItem    = "- an item of a table that the same store wrote; its contract's tests read it back"
	ownSecret  = "- a secret that the deployment or its operator wrote"
	ownFile    = "- a text that is built in, or was made a moment before"
	ownCommand = "- an option or an answer of AWS that an operator's command reads; where it can't, the command ends"
	ownAnswer  = "- an answer of the provider or of AWS, which its SDK read; any other number counts as none"
)

// fuzzed names every decoder, by its folder, and the fuzzer that reaches it; after a hyphen, why it needs none.
var fuzzed = map[string]string{
	"functions/notify decodePage":               "internal/store/dynamo/dynroom FuzzDecodePage",
	"functions/fanout decodeSeat":               "internal/store/dynamo/dynsale FuzzDecodeSeat",
	"internal/aws/rotate parse":                 "internal/aws/rotate FuzzParse",
	"internal/boot/orders Decode":               "internal/boot/orders FuzzDecode",
	"internal/gateway/feed Parse":               "internal/gateway/feed FuzzParse",
	"internal/texts Parse":                      ownFile,
	"internal/texts Text":                       ownFile,
	"internal/texts/textstest Pseudo":           ownFile,
	"internal/gateway/room Handle":              "- an event that Lambda itself writes",
	"internal/gateway/room differ":              "- an event that Lambda itself writes",
	"internal/gateway/room runs":                "- an event that Lambda itself writes",
	"internal/gateway/web doorValues":           ownSecret,
	"internal/sale/pay/stripe keys":             ownSecret,
	"internal/plan Count":                       ownFile,
	"internal/plan Deployed":                    ownFile,
	"internal/plan metricsOf":                   ownFile,
	"internal/room/relay read":                  "infra/edge FuzzStored",
	"internal/room/rules Behind":                "- two values that the relay wrote; any other counts as older",
	"internal/store/dynamo/dynroom read":        ownItem,
	"internal/store/dynamo/dynroom saveVersion": ownItem,
	"internal/store/dynamo/dynroom set":         ownItem,
	"internal/store/dynamo/dynsale Begin":       ownItem,
	"internal/store/dynamo/dynsale Counts":      ownItem,
	"internal/store/dynamo/dynsale decodeHold":  ownItem,
	"infra/ctl/cli PayKeys":                     ownSecret,
	"infra/ctl/deploy renew":                    ownSecret,
	"infra/ctl/deploy ask":                      ownCommand,
	"infra/ctl/deploy turn":                     ownCommand,
	"infra/ctl/rehearse knows":                  ownCommand,
	"infra/ctl/rehearse refusal":                ownCommand,
	"infra/ctl/office dead":                     ownCommand,
	"infra/ctl/office encodeTable":              ownCommand,
	"infra/ctl/office list":                     ownCommand,
	"infra/ctl/office progress":                 ownCommand,
	"infra/ctl/office spotOf":                   ownCommand,
	"infra/ctl/deploy mail":                     ownCommand,
	"infra/ctl/office count":                    ownCommand,
	"infra/ctl/rehearse here":                   ownCommand,
	"infra/ctl/rehearse prove":                  ownCommand,
	"infra/ctl/zones UnmarshalText":             ownCommand,
	"infra/ctl/zones called":                    ownCommand,
	"infra/ctl/zones link":                      ownCommand,
	"infra/ctl/zones parseEvent":                "infra/ctl/zones FuzzParseEvent",
	"infra/stage FromContext":                   "infra/stage FuzzParse",
	"infra/stage Parse":                         "infra/stage FuzzParse",
	"infra/stage parseHosts":                    "infra/stage FuzzParse",
	"infra/stage parseKept":                     "infra/stage FuzzParse",
	"infra/stage parseOrigin":                   "infra/stage FuzzParse",
	"infra/stage parseWarm":                     "infra/stage FuzzParse",
	"internal/aws/jobs index":                   ownAnswer,
	"internal/aws/rotate age":                   ownSecret,
	"internal/gateway/web OwnOrigin":            "internal/gateway/web FuzzOwnOrigin",
	"internal/gateway/web Site":                 "internal/gateway/web FuzzOwnOrigin",
	"internal/gateway/web Param":                "internal/gateway/web FuzzParam",
	"internal/room/admit readWhere":             ownItem,
	"internal/room/event clock":                 "internal/room/event FuzzParse",
	"internal/room/event event":                 "internal/room/event FuzzParse",
	"internal/room/event isURL":                 "internal/room/event FuzzParse",
	"internal/room/event taxes":                 "internal/room/event FuzzParse",
	"internal/room/rules unescaped":             ownCommand,
	"internal/sale/ledger list":                 ownFile,
	"internal/sale/mail attachCalendar":         ownFile,
	"internal/sale/mail message":                "- an address that FuzzCheckEmail's function took",
	"internal/sale/pay/stripe ofRefunds":        ownAnswer,
	"internal/sale/pay/stripe retryAfter":       ownAnswer,
	"internal/sale/pay/stripe signedAt":         "internal/sale/pay/stripe FuzzNotice",
	"internal/sale/venue place":                 "internal/sale/venue FuzzParse",
	"internal/store/dynamo Number":              ownItem,
	"infra/edge addTexts":                       ownFile,
	"infra/edge build":                          ownFile,
	"infra/edge run":                            ownFile,
	"internal/gateway/sale UnmarshalJSON":       "internal/gateway/sale FuzzWhole",
	"internal/gateway/web Decode":               "internal/gateway/web FuzzDecode",
	"internal/gateway/web hasNull":              "internal/gateway/web FuzzDecode",
	"internal/gateway/web fromHTTP":             "internal/gateway/web FuzzFromHTTP",
	"internal/gateway/web parsePath":            "internal/gateway/web FuzzFromHTTP",
	"internal/gateway/web parseOutside":         "internal/gateway/web FuzzFromHTTP",
	"internal/room/bucket ParseRef":             "internal/room/bucket FuzzParseRef",
	"internal/room/census Unpack":               "internal/room/census FuzzUnpack",
	"internal/room/event Parse":                 "internal/room/event FuzzParse",
	"internal/room/event Decode":                "internal/room/event FuzzParse",
	"internal/room/queue ParseKey":              "internal/room/queue FuzzParseKey",
	"internal/room/queue ParseVisitorID":        "internal/room/queue FuzzParseVisitorID",
	"internal/room/rules Parse":                 "internal/room/rules FuzzParse",
	"internal/room/rules parse":                 "internal/room/rules FuzzParse",
	"internal/room/rules parseMethods":          "internal/room/rules FuzzParse",
	"internal/room/token ParseKeyring":          "internal/room/token FuzzParseKeyring",
	"internal/room/token decodeKey":             "internal/room/token FuzzParseKeyring",
	"internal/room/token ParseNetworks":         "internal/room/token FuzzParseNetworks",
	"internal/room/token ParseVisitor":          "internal/room/token FuzzParse",
	"internal/room/token ParseAccess":           "internal/room/token FuzzParse",
	"internal/room/token ParseInvite":           "internal/room/token FuzzParse",
	"internal/room/token parse":                 "internal/room/token FuzzParse",
	"internal/room/token decode":                "internal/room/token FuzzParse",
	"internal/sale/mail ParseSender":            "internal/sale/mail FuzzParseSender",
	"internal/sale/order ParseNumber":           "internal/sale/order FuzzParseNumber",
	"internal/sale/order IsID":                  "internal/sale/order FuzzIsID",
	"internal/sale/order CheckEmail":            "internal/sale/order FuzzCheckEmail",
	"internal/sale/pay/stripe about":            "internal/sale/pay/stripe FuzzNotice",
	"internal/sale/ticket ParseSecret":          "internal/sale/ticket FuzzParseSecret",
	"internal/sale/ticket ParsePublic":          "internal/sale/ticket FuzzParseSecret",
	"internal/sale/ticket parsePublic":          "internal/sale/ticket FuzzParseSecret",
	"internal/sale/ticket Verify":               "internal/sale/ticket FuzzVerify",
	"internal/sale/venue Parse":                 "internal/sale/venue FuzzParse",
	"internal/sale/venue strict":                "internal/sale/venue FuzzParse",
	"internal/sale/venue Unpack":                "internal/sale/venue FuzzUnpack",
	"internal/store/dynamo/dynroom DecodePage":  "internal/store/dynamo/dynroom FuzzDecodePage",
	"internal/store/dynamo/dynroom decodeGrant": "internal/store/dynamo/dynroom FuzzDecodePage",
	"internal/store/dynamo/dynsale DecodeOrder": "internal/store/dynamo/dynsale FuzzDecodeOrder",
	"internal/store/dynamo/dynsale DecodeSeat":  "internal/store/dynamo/dynsale FuzzDecodeSeat",
	"infra/edge parse":                          "infra/edge FuzzGate",
	"infra/edge decode":                         "infra/edge FuzzGate",
	"infra/edge decodeOutcome":                  "infra/edge FuzzGate",
}

// TestEveryDecoderHasAFuzzer holds that nothing reads what others wrote without having been fuzzed, and that each
// fuzzer begins with some of the inputs that took it further.
func TestEveryDecoderHasAFuzzer(t *testing.T) {
	decoders, functions := map[string]bool{}, map[string]bool{}
	for _, root := range deployed {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "testkit") {
				return filepath.SkipDir
			}
			if entry.IsDir() || filepath.Ext(path) != ".go" {
				return nil
			}
			tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
			for _, d := range tree.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					functions[dir+" "+fn.Name.Name] = true
					if !strings.HasSuffix(path, "_test.go") && decodes(fn) {
						decoders[dir+" "+fn.Name.Name] = true
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(decoders)) {
		by, listed := fuzzed[name]
		if !listed {
			t.Errorf("%s reads what others wrote, and no fuzzer is named for it", name)
		} else if by[0] != '-' && !functions[by] {
			t.Errorf("%s: there is no fuzzer %s", name, by)
		}
	}
	for name := range functions {
		dir, fn, _ := strings.Cut(name, " ")
		if !strings.HasPrefix(fn, "Fuzz") {
			continue
		}
		if seeds, err := filepath.Glob("../" + dir + "/testdata/fuzz/" + fn + "/*"); err != nil || len(seeds) == 0 {
			t.Errorf("%s: no inputs stand in testdata/fuzz/%s that fuzzing once found (%v)", dir, fn, err)
		}
	}
	for name := range fuzzed {
		if !functions[name] {
			t.Errorf("there is no function %s", name)
		}
	}
}

// decodes reports whether a function takes text or bytes apart, by its name or by what it calls.
func decodes(fn *ast.FuncDecl) (yes bool) {
	for _, verb := range []string{"Parse", "parse", "Decode", "decode", "Unpack", "unpack"} {
		if rest, begins := strings.CutPrefix(fn.Name.Name, verb); begins && (rest == "" || rest[0] < 'a') {
			yes = true
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && decoding[dotted(call.Fun)] {
			yes = true
		}
		return !yes
	})
	return yes
}

// dotted returns a selector as it is written.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return dotted(e.X) + "." + e.Sel.Name
	}
	return ""
}
