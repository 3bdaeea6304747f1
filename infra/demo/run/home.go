package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"foyer/infra/bundle"
	"foyer/infra/demo/crowd"
	"foyer/infra/demo/home"
	"foyer/infra/edge"
	"foyer/infra/local"
	"foyer/infra/local/lambda"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/event"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
)

// shown is the cloud as the demo home sees it.
type shown struct {
	*local.Cloud
	*office
}

func (s shown) FrontDoor() string { return s.URL }
func (s shown) Zones() zone.Store { return dynroom.NewZones(s.Dynamo, s.Prefix+"zones") }
func (s shown) Log() bucket.Log   { return dynroom.NewLog(s.Dynamo, s.Prefix+"grants") }
func (s shown) Kill(function, when string) error {
	return s.Lambda.Kill(function, lambda.Moment(when))
}

// Figures adds up what the services counted.
func (s shown) Figures() home.Figures {
	cdn, sockets, lambda := s.CDN.Stats(), s.Sockets.Stats(), s.Lambda.Stats()
	f := home.Figures{Requests: cdn.Static, Refused: cdn.Decisions[edge.TooMany], Pushed: sockets.Posted,
		Sockets: sockets.Open}
	for _, n := range cdn.Decisions {
		f.Requests += n
	}
	for _, n := range cdn.Origin {
		f.Origin += n
	}
	for _, function := range topology.Functions {
		n := lambda[function.Name]
		f.Functions = append(f.Functions, home.Function{
			Name: function.Name, Does: function.Does, Invocations: n.Invocations, Errors: n.Errors, Processes: n.Processes,
			GivenUp: s.Streams.GivenUp(function.Name),
		})
	}
	return f
}

// start makes the zone, begins its sale, and opens the demo home on l.
func start(ctx context.Context, cloud *local.Cloud, l net.Listener, f flags, p *provider) (finish func(), err error) {
	root, err := bundle.Root()
	if err != nil {
		return nil, err
	}
	s := shown{cloud, newOffice(cloud, root, venues(f), p)}
	if err := s.Zones().SaveSettings(ctx, settings(f)); err != nil {
		return nil, err
	}
	if err := s.Zones().SaveEvent(ctx, ferries()); err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	cloud.Mailbox.Crowd = crowd.Domain
	ctx, cancel := context.WithCancel(ctx)
	home, err := home.New(ctx, s, time.Now)
	if err != nil {
		cancel()
		return nil, err
	}
	if err := home.Usual(f.Crowd); err != nil {
		cancel()
		return nil, err
	}
	pages := http.NewServeMux()
	pages.Handle("/", home.Handler())
	pages.Handle("/mailbox/", http.StripPrefix("/mailbox", cloud.Mailbox.Page()))
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l)
	return func() {
		cancel()
		home.Close()
		server.Close()
		s.office.close()
	}, nil
}

// ferries returns the event of the demo's zone.
func ferries() event.Event {
	summer := time.FixedZone("CEST", 2*60*60)
	at := func(hour, minute int) time.Time { return time.Date(2027, time.June, 19, hour, minute, 0, 0, summer) }
	return event.Event{
		Zone: topology.DefaultZone, Version: 1, Name: title, Begin: at(20, 45), Doors: at(19, 0), End: at(23, 30),
		TimeZone: "Europe/Berlin", Place: "Harbour Hall", Address: "Am Kai 4, 20457 Hamburg",
		Organiser: "Harbour Hall GmbH", Contact: "tickets@harbourhall.example",
		Imprint: "https://harbourhall.example/imprint", Terms: "https://harbourhall.example/terms",
		Picture: "/foyer/site/hosted/ferries.svg", PictureText: "A ferry crosses the harbour under a full moon",
		Link:    "https://harbourhall.example/night-ferries",
		Message: "The pier is open to the wind: bring a coat. The last boat leaves at 23:30.",
	}
}

// title names the demo's zone and its event.
const title = "The Night Ferries"

// settings returns the demo zone's: a visitor that joins behind the usual crowd is inside within about 90 seconds.
func settings(f flags) zone.Settings {
	z := zone.New(topology.DefaultZone)
	z.Title = title
	z.Capacity, z.Rate = f.Capacity, f.Rate
	z.Session, z.Window = 10*time.Minute, 20*time.Second // time to choose; the crowd leaves sooner
	z.Renews, z.SeatsPerBuyer = true, 4                  // groups come, and there is something to see
	return z
}
