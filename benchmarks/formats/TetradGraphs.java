import edu.cmu.tetrad.graph.Edge;
import edu.cmu.tetrad.graph.EdgeListGraph;
import edu.cmu.tetrad.graph.Graph;
import edu.cmu.tetrad.graph.GraphNode;
import edu.cmu.tetrad.graph.GraphSaveLoadUtils;
import edu.cmu.tetrad.graph.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What Tetrad writes of a graph, and what it reads. Run by round_trips.py --tetrad JAR:
 *
 * write FILE: lines of "cause TAB effect" or of one name; prints the graph as text, XML, DOT and for lavaan, with
 * a line of form feeds between them. read FILE: Tetrad's text; prints "cause TAB effect" lines.
 */
public class TetradGraphs {
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[1]);
        if (arguments[0].equals("read")) {
            for (Edge edge : GraphSaveLoadUtils.loadGraphTxt(file.toFile()).getEdges()) {
                System.out.println(edge.getNode1().getName() + "\t" + edge.getNode2().getName());
            }
            return;
        }
        Map<String, Node> nodes = new LinkedHashMap<>();
        Graph graph = new EdgeListGraph();
        for (String line : Files.readAllLines(file)) {
            for (String name : line.split("\t")) {
                if (!nodes.containsKey(name)) {
                    nodes.put(name, new GraphNode(name));
                    graph.addNode(nodes.get(name));
                }
            }
            if (line.contains("\t")) {
                graph.addDirectedEdge(nodes.get(line.split("\t")[0]), nodes.get(line.split("\t")[1]));
            }
        }
        System.out.print(graph + "\f" + GraphSaveLoadUtils.graphToXml(graph) + "\f" + GraphSaveLoadUtils.graphToDot(graph)
                + "\f" + GraphSaveLoadUtils.graphToLavaan(graph));
    }
}
