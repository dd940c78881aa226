Creator "igraph version 1.0.0 Sat Nov 28 14:51:34 2026"
Version 1
graph
[
  directed 1
  node
  [
    id 0
    name "blood flow"
  ]
  node
  [
    id 1
    name "the &quot;dose&quot;"
  ]
  node
  [
    id 2
    name "größe &amp; alter"
  ]
  node
  [
    id 3
    name "alone"
  ]
  edge
  [
    source 0
    target 1
    weight 1e-05
  ]
  edge
  [
    source 1
    target 2
    weight 1e-05
  ]
]
