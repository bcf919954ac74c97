package bus

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vedette-ti/vedette/internal/errs"
)

// metrics are what a Broker counts itself.
type metrics struct {
	published *prometheus.CounterVec   // topic
	refused   *prometheus.CounterVec   // topic, code
	settled   *prometheus.CounterVec   // topic, consumer, outcome
	blocked   *prometheus.HistogramVec // topic
	commit    *prometheus.HistogramVec // topic
	waited    *prometheus.HistogramVec // topic, consumer
	worked    *prometheus.HistogramVec // topic, consumer, result
	all       []prometheus.Collector
}

func newMetrics() *metrics {
	fast := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	slow := []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 30, 60, 300, 1800, 7200}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "vedette", Subsystem: "queue", Name: name, Help: help, Buckets: buckets}, labels)
	}
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "vedette", Subsystem: "queue", Name: name, Help: help}, labels)
	}
	m := &metrics{
		published: count("published_total", "Messages accepted and on disk, known ids included.", "topic"),
		refused:   count("refused_total", "Messages not accepted, by error code.", "topic", "code"),
		settled:   count("settled_total", "Deliveries that ended, by outcome: ack, retry, dead, lost.", "topic", "consumer", "outcome"),
		blocked:   histogram("publish_block_seconds", "How long publishers waited for room (back-pressure).", fast, "topic"),
		commit:    histogram("publish_commit_seconds", "How long the synced commit of a publish took.", fast, "topic"),
		waited:    histogram("wait_seconds", "Time from publishing a message to work on it.", slow, "topic", "consumer"),
		worked:    histogram("work_seconds", "Time a handler worked on a message, by result: ok, error.", slow, "topic", "consumer", "result"),
	}
	m.all = []prometheus.Collector{m.published, m.refused, m.settled, m.blocked, m.commit, m.waited, m.worked}
	return m
}

func (m *metrics) publish(topic string, n int, blocked, commit time.Duration, err error) {
	if err != nil {
		e, ok := errs.As(err)
		if ok && e.Code == "topic_unknown" {
			return // a caller's name must not become a label
		}
		code := errs.Internal.String()
		if ok {
			code = e.Code
		}
		m.refused.WithLabelValues(topic, code).Add(float64(n))
	} else {
		m.published.WithLabelValues(topic).Add(float64(n))
		m.commit.WithLabelValues(topic).Observe(commit.Seconds())
	}
	m.blocked.WithLabelValues(topic).Observe(blocked.Seconds())
}

func (m *metrics) work(d Delivery, waited, worked time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.waited.WithLabelValues(d.Topic, d.Consumer).Observe(max(0, waited).Seconds())
	m.worked.WithLabelValues(d.Topic, d.Consumer, result).Observe(worked.Seconds())
}

// settle counts outcomes. An Ack of several with a lost one among them counts all as lost: which they
// were is not said.
func (m *metrics) settle(outcome string, err error, ds ...Delivery) {
	if errors.Is(err, ErrLeaseLost) {
		outcome = "lost"
	} else if err != nil {
		return
	}
	for _, d := range ds {
		m.settled.WithLabelValues(d.Topic, d.Consumer, outcome).Inc()
	}
}

func depthDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName("vedette", "queue", name), help, append([]string{"topic", "consumer"}, labels...), nil)
}

// descriptions of what is read from the queue at each scrape.
func (m *metrics) gauges() (messages, bytes, oldest *prometheus.Desc) {
	return depthDesc("messages", "Messages by state: ready, leased, delayed, dead.", "state"),
		depthDesc("bytes", "Bytes of the bodies of open messages."),
		depthDesc("oldest_seconds", "Age of the oldest open message.")
}

// Describe implements prometheus.Collector.
func (b *Broker) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range b.m.all {
		c.Describe(ch)
	}
	messages, bytes, oldest := b.m.gauges()
	ch <- messages
	ch <- bytes
	ch <- oldest
}

// scrapeTime bounds how long a scrape waits for the queue.
const scrapeTime = 3 * time.Second

// Collect implements prometheus.Collector.
func (b *Broker) Collect(ch chan<- prometheus.Metric) {
	for _, c := range b.m.all {
		c.Collect(ch)
	}
	messages, bytes, oldest := b.m.gauges()
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	depths, err := b.Depth(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(messages, err)
		return
	}
	for _, d := range depths {
		for state, n := range map[string]int64{"ready": d.Ready, "leased": d.Leased, "delayed": d.Delayed, "dead": d.Dead} {
			ch <- prometheus.MustNewConstMetric(messages, prometheus.GaugeValue, float64(n), d.Topic, d.Consumer, state)
		}
		ch <- prometheus.MustNewConstMetric(bytes, prometheus.GaugeValue, float64(d.Bytes), d.Topic, d.Consumer)
		age := 0.0
		if !d.Oldest.IsZero() {
			age = max(0, time.Since(d.Oldest).Seconds())
		}
		ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, age, d.Topic, d.Consumer)
	}
}
