module.exports = {
  flowFile: "flows.json",
  credentialSecret: false,
  uiHost: "127.0.0.1",
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: { enabled: false }, header: { title: "Node-RED" } },
  externalModules: { palette: { allowInstall: false } },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
