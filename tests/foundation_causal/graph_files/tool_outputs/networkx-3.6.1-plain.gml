graph [
  directed 1
  node [
    id 0
    label "age"
  ]
  node [
    id 1
    label "dose"
  ]
  node [
    id 2
    label "pressure"
  ]
  node [
    id 3
    label "sex"
  ]
  edge [
    source 0
    target 1
    weight 1.E-05
  ]
  edge [
    source 0
    target 2
    weight 1.E-05
  ]
  edge [
    source 1
    target 2
    weight 1.E-05
  ]
  edge [
    source 3
    target 2
    weight 1.E-05
  ]
]