// Uses the page of a report as a reader does, and writes what it saw into the page.
(async () => {
  const found = {}, byId = (id) => document.getElementById(id), { cy } = causalReport;
  const seen = () => cy.edges().not(".shared").map((edge) => edge.id().split(">").map(Number));
  try {
    found.nodes = cy.nodes().map((node) => node.data("name"));
    found.edges = seen();
    found.status = byId("shown").textContent;
    found.slides = [0.05, 0.5, 0.95].map((least) => {
      byId("threshold").value = least;
      byId("threshold").dispatchEvent(new Event("input"));
      return { least, edges: seen(), status: byId("shown").textContent, text: byId("least").textContent,
        probabilities: cy.edges().map((edge) => edge.data("p")) };
    });
    document.querySelector("input[name=which][value=graph]").click();
    found.back = seen();
    cy.nodes().filter((node) => node.data("name") === "b").emit("tap");
    const panel = byId("panel");
    found.panel = { hidden: panel.hidden, title: panel.querySelector("h3").textContent,
      chosen: byId("variable").selectedOptions[0].textContent, captions: [...panel.querySelectorAll("figcaption")].map((c) => c.textContent) };
    byId("variable").value = "";
    byId("variable").dispatchEvent(new Event("change"));
    found.closed = panel.hidden;
    for (const name of found.nodes) causalReport.choose(name, true);
    found.focus = document.activeElement.id;
    await causalReport.drawAll();
    found.charts = [...document.querySelectorAll(".chart")].map((chart) => [!!chart.querySelector("svg"), chart.querySelector("[aria-label]") !== null]);
    const before = cy.zoom();
    byId("zoom-in").click();
    found.zoomed = cy.zoom() > before;
    const pan = cy.pan().x;
    byId("network").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", cancelable: true }));
    found.moved = cy.pan().x !== pan;
    cy.edges().not(".shared")[0].emit("mouseover");
    found.hint = byId("hint").textContent;
    found.odd = byId("odd") !== null;
    found.unlabelled = [...document.querySelectorAll("input, select, button, [tabindex='0'], [role=img]")]
      .filter((one) => !(one.getAttribute("aria-label") || one.closest("label") || one.textContent.trim())).map((one) => one.outerHTML.slice(0, 80));
    found.wide = document.documentElement.scrollWidth - window.innerWidth;
    found.links = [...document.querySelectorAll("nav a")].map((link) => document.querySelector(link.getAttribute("href")) !== null);
  } catch (error) { problems.push(String(error)); }
  found.problems = problems;
  const out = document.createElement("pre");
  out.id = "found";
  out.textContent = JSON.stringify(found).replaceAll("<", "\\u003c");
  document.body.append(out);
})();
