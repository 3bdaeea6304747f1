package watch

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"foyer/infra/stage"
	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
)

// NewDashboards answers an operator's questions at a glance, the most urgent first: how long is the line and does it
// move, do messages come in time, does the sale go on, does anything fail, is any limit near. What stands behind the
// line is on a board of its own where there is a sale, since one of more than fifty metrics has its price. It returns
// the first.
func NewDashboards(
	scope constructs.Construct, c stage.Config, decl []topology.Function, m Metrics,
) awscloudwatch.Dashboard {
	board := newBoard(scope, "Dashboard", c.Name())
	row(board,
		graph("How many wait?", m.zones("MAX", metrics.Waiting)),
		graph("How many are inside?", m.zones("MAX", metrics.Inside)),
		graph("How many come in a minute?", m.zones("SUM", metrics.Claimed)),
		graph("How many arrive a minute?", m.zones("SUM", metrics.Arrivals)),
	)
	row(board,
		graph("Do ticks come in time? (ms late)", m.zones("MAX", metrics.TickLag)),
		graph("How long from call to push? (ms)", m.zones("MAX", metrics.PushLag)),
		graph("How long from change to edge? (ms)", m.zones("MAX", metrics.RelayLag)),
		graph("How long did they wait? (ms)", m.zones("AVG", metrics.Wait)),
	)
	row(board,
		graph("Who is called but doesn't come? Is anybody let through?", m.zones("SUM", metrics.Called),
			m.zones("SUM", metrics.Missed), m.zones("MAX", metrics.LetThrough)),
		graph("How often is the edge written?", m.zones("SUM", metrics.RelayWrites)),
		graph("How many requests come? (API Gateway)", m.api("Count", "Sum")),
		graph("Do visitors get errors?", m.api("5xx", "Sum"), m.socket("IntegrationError", "Sum")),
	)
	row(board,
		graph("What comes to the front door? (requests)", m.Door.door("Requests", "Sum")),
		graph("What of it ends in an error? (%)", m.Door.door("5xxErrorRate", "Average"),
			m.Door.door("4xxErrorRate", "Average")),
		graph("Does the edge function fail?", m.Door.edge("FunctionExecutionErrors", "Sum"),
			m.Door.edge("FunctionValidationErrors", "Sum"), m.Door.edge("FunctionThrottles", "Sum")),
		graph("How near is its limit? (%)", m.Door.edge("FunctionComputeUtilization", "Average")),
	)
	machines := board
	if !c.NoSale {
		selling(board, m, lines(c.Queues(), func(q topology.Queue) awscloudwatch.IMetric {
			return m.jobs(q.Name, "ApproximateAgeOfOldestMessage")
		}))
		machines = newBoard(scope, "Machines", c.Name()+"-machines")
	}
	behindTheLine(machines, c, decl, m)
	return board
}

func newBoard(scope constructs.Construct, id, name string) awscloudwatch.Dashboard {
	return awscloudwatch.NewDashboard(scope, jsii.String(id), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(name), DefaultInterval: awscdk.Duration_Hours(jsii.Number(3)),
	})
}

// behindTheLine adds the rows about functions, streams and tables.
func behindTheLine(board awscloudwatch.Dashboard, c stage.Config, decl []topology.Function, m Metrics) {
	type line = awscloudwatch.IMetric
	functions := func(decl []topology.Function, what, statistic string) []line {
		return lines(decl, func(f topology.Function) line { return m.function(f.Name, what, statistic) })
	}
	// Those that run now and then come near no limit.
	busy := slices.DeleteFunc(slices.Clone(decl), func(f topology.Function) bool {
		return !f.Answers() && f.Stream == nil && f.Queue == nil && f.Schedule == 0
	})
	streams := slices.DeleteFunc(slices.Clone(decl), func(f topology.Function) bool { return f.Stream == nil })
	row(board,
		graph("Does anything fail?", functions(decl, "Errors", "Sum")...),
		graph("How near is the concurrency limit?", functions(busy, "ConcurrentExecutions", "Maximum")...),
		graph("Does anything give up?", append(
			lines(streams, func(f topology.Function) line { return m.queue(f.Name, "ApproximateNumberOfMessagesVisible") }),
			lines(c.Queues(), func(q topology.Queue) line { return m.dead(q.Name) })...)...),
		graph("How far behind their streams are functions? (ms)", lines(streams, func(f topology.Function) line {
			return m.function(f.Name, "IteratorAge", "Maximum")
		})...),
	)
	row(board,
		graph("What do the busiest tables write? (units a minute)", m.table("queue", "ConsumedWriteCapacityUnits"),
			m.table("grants", "ConsumedWriteCapacityUnits")),
		graph("How long do visitors wait for an answer? (ms, p95)", m.api("Latency", "p95")),
	)
}

// used reports whether anything of the deployment uses the table: those of a waiting room alone are few.
func used(c stage.Config, t topology.Table) bool {
	return !c.NoSale || slices.Contains([]string{"zones", "queue", "grants"}, t.Name)
}

// selling adds the rows about seats and money.
func selling(board awscloudwatch.Dashboard, m Metrics, waiting []awscloudwatch.IMetric) {
	row(board,
		graph("How many seats are left?", m.zones("MIN", metrics.SeatsLeft)),
		graph("What becomes of orders?", m.zones("SUM", metrics.OrdersPaid), m.zones("SUM", metrics.OrdersExpired),
			m.zones("SUM", metrics.OrdersCancelled), m.zones("SUM", metrics.OrdersRefunded)),
		graph("Is money stuck? (orders not captured; s past their time)", m.zones("MAX",
			metrics.OrdersAuthorisedNotCaptured),
			m.zones("MAX", metrics.SweepLag)),
		graph("Does the payment provider answer?", m.zones("SUM", metrics.ProviderErrors),
			m.zones("SUM", metrics.ProviderShunned), m.zones("SUM", metrics.PaymentsDeclined)),
	)
	row(board,
		graph("How long from payment to ticket, and to the ledger? (ms)", m.zones("MAX", metrics.MailLag),
			m.zones("MAX", metrics.BookingLag)),
		graph("How many tickets' mails go out?", m.zones("SUM", metrics.Mails), m.zones("SUM", metrics.MailFailures)),
		graph("How many rows does the ledger get?", m.zones("SUM", metrics.Booked), m.zones("SUM",
			metrics.BookingFailures)),
		graph("How long do jobs wait? (s)", waiting...),
	)
	row(board,
		graph("How long does the payment provider take? (ms)", m.zones("AVG", metrics.ProviderTime),
			m.zones("MAX", metrics.ProviderTime)),
		graph("Do seat maps hear of changes?", m.zones("SUM", metrics.MapPushes), m.zones("SUM", metrics.MapPushFailures),
			m.zones("SUM", metrics.MapsHushed)),
	)
}

func row(board awscloudwatch.Dashboard, widgets ...awscloudwatch.IWidget) {
	board.AddWidgets(widgets...)
}

// graph is a quarter of the board's width of 24.
func graph(title string, lines ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &lines, Width: jsii.Number(6), Height: jsii.Number(6), LiveData: jsii.Bool(true),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0)},
	})
}

// lines returns a metric of each.
func lines[T any](of []T, metric func(T) awscloudwatch.IMetric) (all []awscloudwatch.IMetric) {
	for _, one := range of {
		all = append(all, metric(one))
	}
	return all
}
