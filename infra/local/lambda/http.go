package lambda

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"foyer/infra/local/aws"
)

// ServeHTTP plays Invoke of Lambda's API, below any path: with RequestResponse, with Event and as a DryRun.
func (l *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(r.URL.Path, "/2015-03-31/functions/")
	name, operation, _ := strings.Cut(path, "/")
	name = name[strings.LastIndex(name, ":")+1:]
	if r.Method != http.MethodPost || operation != "invocations" {
		refuse(w, http.StatusNotFound, "ResourceNotFoundException", "the local cloud plays Invoke alone")
		return
	}
	if l.functions[name] == nil {
		refuse(w, http.StatusNotFound, "ResourceNotFoundException",
			"Function not found: "+aws.ARN("lambda", "function:"+name))
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", "the payload is larger than 6 MB")
		return
	}
	if len(payload) > 0 && !json.Valid(payload) {
		refuse(w, http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json")
		return
	}
	switch r.Header.Get("X-Amz-Invocation-Type") {
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	case "Event":
		l.InvokeAsync(name, payload)
		w.WriteHeader(http.StatusAccepted)
	default:
		l.answer(w, r, name, payload)
	}
}

func (l *Service) answer(w http.ResponseWriter, r *http.Request, name string, payload []byte) {
	result, functionError, err := l.Invoke(r.Context(), name, payload)
	if err != nil {
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
		return
	}
	if functionError != "" {
		w.Header().Set("X-Amz-Function-Error", functionError)
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	_, _ = w.Write(result)
}

// refuse answers as Lambda's API does, whose clients read the kind of an error from a header.
func refuse(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("X-Amzn-Errortype", kind)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Type": "User", "Message": text})
}
