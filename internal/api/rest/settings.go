package rest

import (
	"context"

	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) settingRoutes() {
	register(s, op{Method: "GET", Path: "/settings", ID: "list-settings", Tag: "settings", Summary: "The configuration that the server runs with", Rule: Rule{Need: sharing.ManageSystem},
		Doc: "Secrets are hidden. Settings are changed in the configuration file, the environment or by flags, and take effect at the next start."}, s.listSettings)
}

// Setting is one line of the configuration.
type Setting struct {
	Key    string `json:"key" example:"session.idle"`
	Value  string `json:"value" doc:"(hidden) for a secret that is set."`
	Origin string `json:"origin" doc:"default, or the file, variable or flag that set it."`
	Help   string `json:"help"`
	Env    string `json:"env" doc:"The environment variable that sets it."`
}

func (s *Server) listSettings(context.Context, *empty) (*body[list[Setting]], error) {
	return page(s.o.Settings, ""), nil
}
