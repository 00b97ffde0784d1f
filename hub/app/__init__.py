"""The composition root: the only place that builds concrete things. Settings in, a running hub out (`hub.app.running`)."""
