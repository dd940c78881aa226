graph [
  directed 1
  node [
    id 0
    label "blood flow"
  ]
  node [
    id 1
    label "the &#34;dose&#34;"
  ]
  node [
    id 2
    label "gr&#246;&#223;e &#38; alter"
  ]
  node [
    id 3
    label "alone"
  ]
  edge [
    source 0
    target 1
    weight 1.E-05
  ]
  edge [
    source 1
    target 2
    weight 1.E-05
  ]
]