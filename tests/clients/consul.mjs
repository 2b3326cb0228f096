// A service that registers itself by the npm client `consul`, says that it is well, watches who is there, and leaves. Prints what it sees, a line of JSON each.
//   node consul.mjs PORT
import Consul from "consul";

const consul = new Consul({ host: "127.0.0.1", port: Number(process.argv[2]) });
const say = (what, value) => console.log(JSON.stringify({ what, value }));

await consul.agent.service.register({ name: "label-printer", id: "lp-1", address: "10.6.0.1", port: 8080, tags: ["v1", "blue"], meta: { team: "logistics" }, check: { ttl: "30s", deregistercriticalserviceafter: "5m" } });
say("critical", await consul.health.service({ service: "label-printer", passing: true }));
const watch = consul.watch({ method: consul.health.service, options: { service: "label-printer", passing: true }, backoffFactor: 100 });
const seen = new Promise((resolve, reject) => {
  watch.on("change", (data) => data.length && resolve(data));
  watch.on("error", reject);
  setTimeout(() => reject(new Error("nothing was seen in 20 s")), 20000).unref();
});
await consul.agent.check.pass({ id: "service:lp-1", note: "printing" });
say("passing", await seen);
watch.end();
say("services", await consul.catalog.service.list());
say("nodes", await consul.catalog.service.nodes("label-printer"));
say("agent", await consul.agent.service.list());
say("checks", await consul.health.checks({ service: "label-printer" }));
say("leader", await consul.status.leader());
if (process.argv[3] !== "stay") {
  await consul.agent.service.deregister("lp-1");
  say("after", await consul.agent.service.list());
}
