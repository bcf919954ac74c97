package rest

import "context"

// metaRoutes tell about the API itself.
func (s *Server) metaRoutes() {
	register(s, op{Method: "GET", Path: "/version", ID: "version", Tag: "meta", Summary: "Version of the server", Rule: Rule{Public: true}},
		func(context.Context, *empty) (*body[versionOut], error) {
			return answer(versionOut{Version: s.o.Version}), nil
		})
}

type versionOut struct {
	Version string `json:"version" example:"0.1.0"`
}
