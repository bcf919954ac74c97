/** What a new playbook begins with: short, whole, and harmless. */
export const STARTER = `name: My playbook
sources: ["kind:rss"]
steps:
  - tag: ["workflow:todo"]
store: true
`

/** Everything that a playbook may say. */
export const EXAMPLE = `name: Vendor indicators
description: Hand the vendor's URLs to the crawler
order: 10                          # lower ones first, then by name
sources: ["Vendor blog", "tag:vendor", "kind:rss", "/^pastes-/", "id:12"]   # none: all
when: {types: [url, domain-name], filter: "-tag:test tlp:<=amber", match: ['\\.example$'], except: ['^www\\.']}
steps:
  - extract: {types: [url, domain-name], keep_suppressed: true}
  - tag: [vendor, "workflow:todo"]
    when: {types: [url]}
  - tlp: green
  - to_ids: false
  - accept: true
  - drop: true
    when: {values: [example.com]}
store: true
outputs:
  - file: {path: urls.csv, format: csv, columns: [type, value]}
  - webhook: {url: "https://soc.example/hook"}
  - queue: {topic: crawl, fields: {url: "{url}"}}
    max_tlp: green
`
