// Package all lists the kinds of channel. It is wiring: a new kind is one line here.
package all

import (
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/notify/dingtalk"
	"github.com/vedette-ti/vedette/internal/notify/feishu"
	"github.com/vedette-ti/vedette/internal/notify/mail"
	"github.com/vedette-ti/vedette/internal/notify/webhook"
	"github.com/vedette-ti/vedette/internal/notify/wecom"
)

// Kinds returns the kinds in the order in which the console offers them.
func Kinds() []notify.Kind {
	return []notify.Kind{mail.Kind(), webhook.Kind(), feishu.Kind(), dingtalk.Kind(), wecom.Kind()}
}
