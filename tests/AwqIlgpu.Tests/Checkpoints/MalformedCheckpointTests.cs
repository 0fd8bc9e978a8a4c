using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

/// <summary>Every broken folder is refused with one of two exception types, a message that names the place, and little memory.</summary>
public class MalformedCheckpointTests
{
    // Far below what a length in any of these files asks for; the header of the one large file is refused unread.
    private const long MaxAllocated = 8 << 20;
    private const int MaxMessage = 1500;

    private const string Awq = """{"quantization_config":{"quant_method":"awq","bits":4,"group_size":32,"zero_point":true,"version":"gemm"}}""";

    private const string CtConfig = """{"quantization_config":{"quant_method":"compressed-tensors","config_groups":{"group_0":{"weights":{"num_bits":4,"type":"int","symmetric":false,"strategy":"group","group_size":32}}}}}""";

    private static readonly string s_tooDeep = new('[', 200_000);

    private static readonly Dictionary<string, Case> s_header = new()
    {
        ["empty file"] = new("model.safetensors has 0 bytes", f => File.WriteAllBytes(f.SingleFile, [])),
        ["seven bytes"] = new("model.safetensors has 7 bytes", f => File.WriteAllBytes(f.SingleFile, new byte[7])),
        ["no header"] = new("not valid JSON", f => f.WriteFile("model.safetensors", "", [])),
        ["header longer than file"] = new("1000 bytes", f => f.WriteFile("model.safetensors", "{}", [], 1000)),
        ["header of 2^64 - 1 bytes"] = new("18446744073709551615 bytes", f => f.WriteFile("model.safetensors", "{}", [], -1)),
        ["header of 2^62 bytes"] = new("4611686018427387904 bytes", f => f.WriteFile("model.safetensors", "{}", [], 1L << 62)),
        ["header over the format's limit"] = new("100000001 bytes", f =>
        {
            f.WriteFile("model.safetensors", "{}", [], 100_000_001);
            using var stream = File.OpenWrite(f.SingleFile);
            stream.SetLength(200_000_000);
        }),
        ["header not UTF-8"] = new("not valid UTF-8", f => f.WriteFile("model.safetensors", [(byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"'], [])),
        ["header not JSON"] = new("not valid JSON", f => f.WriteFile("model.safetensors", "PK\u0003\u0004 not a header", [])),
        ["header a list"] = new("expected a JSON object", f => f.WriteFile("model.safetensors", "[]", [])),
        ["header a number"] = new("expected a JSON object", f => f.WriteFile("model.safetensors", "7", [])),
        ["header cut"] = new("not valid JSON", f => f.WriteFile("model.safetensors", """{"a":{"dtype":"U8","shape":[""", [])),
        ["text after the header"] = new("not valid JSON", f => f.WriteFile("model.safetensors", "{} {}", [])),
        ["header too deep"] = new("expected a JSON object", f => f.WriteFile("model.safetensors", s_tooDeep, [])),
        ["entry too deep"] = new("not valid JSON", f => f.WriteFile("model.safetensors", """{"a":{"x":""" + s_tooDeep, [])),
        ["entry twice"] = new("tensor a is listed twice", f => f.WriteFile("model.safetensors", $"{{{Entry("U8", "1", "0,1")},{Entry("U8", "1", "0,1")}}}", [1])),
        ["entry a text"] = new("tensor a is String", f => f.WriteFile("model.safetensors", """{"a":"b"}""", [])),
        ["entry without dtype"] = new("tensor a lacks", f => f.WriteFile("model.safetensors", """{"a":{"shape":[1],"data_offsets":[0,1]}}""", [1])),
        ["entry without shape"] = new("tensor a lacks", f => f.WriteFile("model.safetensors", """{"a":{"dtype":"U8","data_offsets":[0,1]}}""", [1])),
        ["entry without offsets"] = new("tensor a lacks", f => f.WriteFile("model.safetensors", """{"a":{"dtype":"U8","shape":[1]}}""", [1])),
        ["one offset"] = new("tensor a lacks", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "0"), [1])),
        ["three offsets"] = new("data_offsets is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "0,1,2"), [1])),
        ["shape twice"] = new("shape is listed twice", f => f.WriteFile("model.safetensors", """{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", [1])),
        ["dtype a number"] = new("dtype is listed twice or has the wrong kind", f => f.WriteFile("model.safetensors", """{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", [1])),
        ["dtype unknown"] = new("tensor a has dtype F8_E4M3", f => f.WriteFile("model.safetensors", OneTensor("F8_E4M3", "1", "0,1"), [1]), Supported: false),
        ["dimension negative"] = new("shape is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "-1", "0,1"), [1])),
        ["two negative dimensions"] = new("shape is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "-1,-1", "0,1"), [1])),
        ["dimension fractional"] = new("shape is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "1.5", "0,1"), [1])),
        ["dimension of 2^64"] = new("shape is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "18446744073709551616", "0,1"), [1])),
        ["dimension a text"] = new("shape is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "\"1\"", "0,1"), [1])),
        ["shape a number"] = new("shape is not a list", f => f.WriteFile("model.safetensors", """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", [1])),
        ["product overflows"] = new("more bytes than 2^63", f => f.WriteFile("model.safetensors", OneTensor("F32", "4294967296,4294967296", "0,0"), [])),
        ["product overflows to a match"] = new("more bytes than 2^63", f => f.WriteFile("model.safetensors", OneTensor("F64", "2305843009213693952,2", "0,0"), [])),
        ["shape does not match offsets"] = new("takes 8 bytes, but data_offsets [0, 4] span 4", f => f.WriteFile("model.safetensors", OneTensor("F32", "2", "0,4"), new byte[4])),
        ["offsets reversed"] = new("span -1", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "1,0"), [1])),
        ["offset negative"] = new("data_offsets is not a list", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "-1,0"), [1])),
        ["offset near 2^63"] = new("tensor a begins at byte", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "9223372036854775806,9223372036854775807"), [1])),
        ["file cut off"] = new("tensor a ends beyond the file", f => f.WriteFile("model.safetensors", OneTensor("F32", "1000", "0,4000"), new byte[3999])),
        ["tensors overlap"] = new("tensor b begins at byte 1 of the data; expected 2", f => f.WriteFile("model.safetensors", $"{{{Entry("U8", "2", "0,2")},{Entry("U8", "2", "1,3", "b")}}}", [1, 2, 3])),
        ["same place twice"] = new("begins at byte 0 of the data; expected 2", f => f.WriteFile("model.safetensors", $"{{{Entry("U8", "2", "0,2")},{Entry("U8", "2", "0,2", "b")}}}", [1, 2])),
        ["hole between tensors"] = new("tensor b begins at byte 3 of the data; expected 2", f => f.WriteFile("model.safetensors", $"{{{Entry("U8", "2", "0,2")},{Entry("U8", "1", "3,4", "b")}}}", [1, 2, 3, 4])),
        ["hole at the start"] = new("tensor a begins at byte 1 of the data; expected 0", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "1,2"), [1, 2])),
        ["bytes at the end"] = new("the tensors end at byte 1 of the data, but the file holds 2", f => f.WriteFile("model.safetensors", OneTensor("U8", "1", "0,1"), [1, 2])),
        ["data without tensors"] = new("the tensors end at byte 0", f => f.WriteFile("model.safetensors", "{}", [1])),
        ["65 dimensions"] = new("shape is not a list of at most 64", f => f.WriteFile("model.safetensors", OneTensor("U8", string.Join(",", Enumerable.Repeat("1", 65)), "0,1"), [1])),
        ["metadata a list"] = new("__metadata__", f => f.WriteFile("model.safetensors", """{"__metadata__":[]}""", [])),
        ["metadata with a number"] = new("__metadata__", f => f.WriteFile("model.safetensors", """{"__metadata__":{"format":1}}""", [])),
        ["name half a surrogate pair"] = new("not valid JSON", f => f.WriteFile("model.safetensors", """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [1])),
        ["name of a million letters"] = new("has dtype C64", f => f.WriteFile("model.safetensors", $"{{{Entry("C64", "1", "0,8", new string('n', 1_000_000))}}}", new byte[8]), Supported: false),
        ["no weights"] = new("neither model.safetensors nor model.safetensors.index.json", f => { }),
        ["pickled weights"] = new("pytorch_model.bin", f => f.Write("pytorch_model.bin", "PK"), Supported: false),
    };

    private static readonly Dictionary<string, Case> s_index = new()
    {
        ["index not JSON"] = new("model.safetensors.index.json: not valid JSON", f => f.Write(ShardIndex.FileName, "{")),
        ["index a list"] = new("expected an object", f => f.Write(ShardIndex.FileName, "[]")),
        ["index too deep"] = new("not valid JSON", f => f.Write(ShardIndex.FileName, s_tooDeep)),
        ["index without map"] = new("weight_map is missing", f => f.Write(ShardIndex.FileName, "{}")),
        ["map a list"] = new("weight_map is missing or no object", f => f.Write(ShardIndex.FileName, """{"weight_map":[]}""")),
        ["tensor listed twice"] = new("not valid JSON", f => Map(f, """ "a":"s.safetensors","a":"s.safetensors" """)),
        ["shard in the parent folder"] = new("tensor a is in \"../s.safetensors\"", f => Map(f, """ "a":"../s.safetensors" """)),
        ["shard at an absolute place"] = new("expected the plain name", f => Map(f, """ "a":"/etc/hostname" """)),
        ["shard in a subfolder"] = new("expected the plain name", f => Map(f, """ "a":"sub/s.safetensors" """)),
        ["shard with a backslash"] = new("expected the plain name", f => Map(f, """ "a":"..\\s.safetensors" """)),
        ["shard with a drive"] = new("expected the plain name", f => Map(f, """ "a":"C:s.safetensors" """)),
        ["shard with a null character"] = new("expected the plain name", f => Map(f, """ "a":"s\u0000.safetensors" """)),
        ["shard the folder itself"] = new("expected the plain name", f => Map(f, """ "a":".." """)),
        ["shard without name"] = new("expected the plain name", f => Map(f, """ "a":"" """)),
        ["shard a number"] = new("expected the plain name", f => Map(f, """ "a":1 """)),
        ["shard half a surrogate pair"] = new("not valid JSON", f => Map(f, """ "a":"\ud800" """)),
        ["shard missing"] = new("s.safetensors, the file of tensor a, is missing", f => Map(f, """ "a":"s.safetensors" """)),
        ["shard broken"] = new("s.safetensors has 0 bytes", f =>
        {
            Map(f, """ "a":"s.safetensors" """);
            f.Write("s.safetensors", "");
        }),
        ["tensor in no shard"] = new("tensor b is said to be in s.safetensors, but is in no shard", f =>
        {
            f.AddZeros("a", "U8", 1).Save("s.safetensors");
            Map(f, """ "a":"s.safetensors","b":"s.safetensors" """);
        }),
        ["tensor in another shard"] = new("tensor b is said to be in s.safetensors, but is in t.safetensors", f =>
        {
            f.AddZeros("a", "U8", 1).Save("s.safetensors");
            f.AddZeros("b", "U8", 1).AddZeros("c", "U8", 1).Save("t.safetensors");
            Map(f, """ "a":"s.safetensors","b":"s.safetensors","c":"t.safetensors" """);
        }),
        ["tensor in two shards"] = new("Tensor a is in two shards", f =>
        {
            f.AddZeros("a", "U8", 1).Save("s.safetensors");
            f.AddZeros("a", "U8", 1).AddZeros("b", "U8", 1).Save("t.safetensors");
            Map(f, """ "a":"s.safetensors","b":"t.safetensors" """);
        }),
        ["tensor not listed"] = new("tensor b of s.safetensors is not listed", f =>
        {
            f.AddZeros("a", "U8", 1).AddZeros("b", "U8", 1).Save("s.safetensors");
            Map(f, """ "a":"s.safetensors" """);
        }),
    };

    private static readonly Dictionary<string, Case> s_config = new()
    {
        ["config missing"] = new("config.json is missing", f => File.Delete(f.PathOf("config.json"))),
        ["config empty"] = new("config.json: not valid JSON", f => f.Write("config.json", "")),
        ["config cut"] = new("config.json: not valid JSON", f => f.Write("config.json", """{"a":""")),
        ["config a list"] = new("config.json: the root is Array", f => f.Write("config.json", "[]")),
        ["config too deep"] = new("config.json: not valid JSON", f => f.Write("config.json", """{"a":""" + s_tooDeep)),
        ["config with a key twice"] = new("config.json: not valid JSON", f => f.Write("config.json", """{"a":1,"a":2}""")),
        ["config with half a surrogate pair"] = new("config.json: not valid JSON", f => f.Write("config.json", """{"a":"\ud800"}""")),
        ["config with half a surrogate pair as key"] = new("config.json: not valid JSON", f => f.Write("config.json", """{"\udc00":1}""")),
        ["config with NaN"] = new("config.json: not valid JSON", f => f.Write("config.json", """{"a":NaN}""")),
        ["config of 20 MB"] = new("config.json has 20000000 bytes", f =>
        {
            using var stream = File.OpenWrite(f.PathOf("config.json"));
            stream.SetLength(20_000_000);
        }),
        ["quantization a text"] = new("config.json: quantization_config is \"awq\"; expected an object", f => f.Write("config.json", """{"quantization_config":"awq"}""")),
        ["method missing"] = new("quantization_config.quant_method is missing", f => Quantize(f, """ "bits":4 """)),
        ["method gptq"] = new("quantization_config.quant_method is \"gptq\"", f => Quantize(f, """ "quant_method":"gptq" """), Supported: false),
        ["method bitsandbytes"] = new("is \"bitsandbytes\"", f => Quantize(f, """ "quant_method":"bitsandbytes","load_in_4bit":true """), Supported: false),
        ["bits 8"] = new("quantization_config.bits is 8", f => Quantize(f, """ "quant_method":"awq","bits":8,"group_size":128 """), Supported: false),
        ["bits missing"] = new("w_bit is missing", f => Quantize(f, """ "quant_method":"awq","group_size":128 """)),
        ["bits a text"] = new("bits is \"4\"; expected a positive integer", f => Quantize(f, """ "quant_method":"awq","bits":"4","group_size":128 """)),
        ["group size 0"] = new("group_size is 0; expected a positive integer", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":0 """)),
        ["group size -5"] = new("group_size is -5", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":-5 """)),
        ["group size missing"] = new("group_size is missing", f => Quantize(f, """ "quant_method":"awq","bits":4 """)),
        ["group size 1e20"] = new("group_size is 1e20", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":1e20 """)),
        ["group size fractional"] = new("group_size is 12.5", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":12.5 """)),
        ["version unknown"] = new("version is \"gemx\"", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":128,"version":"GEMX" """), Supported: false),
        ["marlin with zero points"] = new("marlin, which has no zero points", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":128,"version":"marlin","zero_point":true """)),
        ["features reordered"] = new("desc_act is true", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":128,"desc_act":true """), Supported: false),
        ["quantization key unknown"] = new("quantization_config.act_bits", f => Quantize(f, """ "quant_method":"awq","bits":4,"group_size":128,"act_bits":8 """), Supported: false),
        ["old file with bits 3"] = new("quant_config.json: w_bit is 3", f => f.Write("quant_config.json", """{"w_bit":3,"q_group_size":128,"zero_point":true,"version":"GEMM"}"""), Supported: false),
        ["ct without groups"] = new("config_groups is missing", f => Quantize(f, """ "quant_method":"compressed-tensors" """)),
        ["ct with empty groups"] = new("config_groups is empty", f => Quantize(f, """ "quant_method":"compressed-tensors","config_groups":{} """)),
        ["ct 8 bits"] = new("weights.num_bits is 8", f => Compress(f, """ "num_bits":8,"type":"int","strategy":"channel" """), Supported: false),
        ["ct floats"] = new("weights.type is \"float\"", f => Compress(f, """ "num_bits":4,"type":"float","strategy":"channel" """), Supported: false),
        ["ct reordered"] = new("weights.actorder is \"group\"", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"group","group_size":128,"actorder":"group" """), Supported: false),
        ["ct strategy tensor"] = new("weights.strategy is \"tensor\"", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"tensor" """), Supported: false),
        ["ct group without size"] = new("weights.strategy is \"group\", but group_size is null", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"group" """)),
        ["ct dynamic"] = new("weights.dynamic is true", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"channel","dynamic":true """), Supported: false),
        ["ct weights missing"] = new("config_groups.group_0.weights is missing", f => Quantize(f, """ "quant_method":"compressed-tensors","config_groups":{"group_0":{}} """)),
        ["ct activations"] = new("input_activations is", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"channel" """, """ ,"input_activations":{"num_bits":8} """), Supported: false),
        ["ct kv cache"] = new("kv_cache_scheme is", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"channel" """, outer: """ ,"kv_cache_scheme":{"num_bits":8} """), Supported: false),
        ["ct sparse"] = new("sparsity_config.format is \"sparse-24-bitmask\"", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"channel" """, outer: """ ,"sparsity_config":{"format":"sparse-24-bitmask"} """), Supported: false),
        ["ct other format"] = new("quantization_config.format is \"int-quantized\"", f => Compress(f, """ "num_bits":4,"type":"int","strategy":"channel" """, outer: """ ,"format":"int-quantized" """), Supported: false),
        ["ct unlike groups"] = new("group_1 differs", f => Quantize(f, """
            "quant_method":"compressed-tensors","config_groups":{
            "group_0":{"weights":{"num_bits":4,"type":"int","strategy":"group","group_size":128}},
            "group_1":{"weights":{"num_bits":4,"type":"int","strategy":"group","group_size":64}}}
            """), Supported: false),
    };

    // A GEMM layer p with 16 out features and 64 in features in groups of 32; each case breaks one thing.
    private static readonly Dictionary<string, Case> s_linear = new()
    {
        ["layer missing"] = new("tensor p.weight is missing; the nearest of 1 names: p.bias", f => f.AddHalf("p.bias", 0, 16)),
        ["two weights"] = new("p has both .weight and .qweight", f => Gemm(f).AddHalf("p.weight", 0, 16, 64)),
        ["weight of another shape"] = new("p.weight has shape [64, 16]; expected [16, 64]", f => f.AddHalf("p.weight", 0, 64, 16)),
        ["weight of integers"] = new("p.weight has dtype I32", f => f.AddZeros("p.weight", "I32", 16, 64), Supported: false),
        ["weight of doubles"] = new("p.weight has dtype F64", f => f.AddZeros("p.weight", "F64", 16, 64), Supported: false),
        ["bias of another shape"] = new("p.bias has shape [64]; expected [16]", f => Gemm(f).AddHalf("p.bias", 0, 64)),
        ["bias of integers"] = new("p.bias has dtype I32", f => Gemm(f).AddZeros("p.bias", "I32", 16), Supported: false),
        ["packed without config"] = new("config.json has no quantization_config", f => Gemm(f), Config: "{}"),
        ["group size does not divide"] = new("group size 48 does not divide the 64 in features of p", f => Gemm(f), Config: Awq.Replace("32", "48", StringComparison.Ordinal)),
        ["group size above the features"] = new("group size 128 does not divide", f => Gemm(f), Config: Awq.Replace("32", "128", StringComparison.Ordinal)),
        ["group size contradicts the scales"] = new("p.qzeros has shape [2, 2]; expected [4, 2]", f => Gemm(f), Config: Awq.Replace("32", "16", StringComparison.Ordinal)),
        ["layout contradicts the version"] = new("declares the Gemv layout, but the tensors of p are in the Gemm layout", f => Gemm(f), Config: Awq.Replace("gemm", "gemv", StringComparison.Ordinal)),
        ["qweight of another shape"] = new("p.qweight has shape [64, 3]; expected [64, 2] (Gemm layout of 16 out features and 64 in features, 8 per int32)", f => Gemm(f, qweight: [64, 3])),
        ["qweight with one dimension"] = new("p.qweight has shape [128]", f => Gemm(f, qweight: [128])),
        ["qweight without dimension"] = new("p.qweight has shape []", f => Gemm(f, qweight: [])),
        ["qweight of bytes"] = new("p.qweight has dtype I8", f => Gemm(f, qweightType: "I8"), Supported: false),
        ["qweight of floats"] = new("p.qweight has dtype F32", f => Gemm(f, qweightType: "F32"), Supported: false),
        ["qzeros missing"] = new("tensor p.qzeros is missing", f => Gemm(f, qzeros: false)),
        ["qzeros of another shape"] = new("p.qzeros has shape [1, 2]; expected [2, 2]", f => Gemm(f, qzeros: false).AddZeros("p.qzeros", "I32", 1, 2)),
        ["qzeros of halves"] = new("p.qzeros has dtype F16", f => Gemm(f, qzeros: false).AddHalf("p.qzeros", 0, 2, 2), Supported: false),
        ["scales missing"] = new("tensor p.scales is missing", f => Gemm(f, scales: false)),
        ["scales of another shape"] = new("p.scales has shape [2, 8]; expected [2, 16]", f => Gemm(f, scales: false).AddHalf("p.scales", 1, 2, 8)),
        ["scales without dimension"] = new("p.scales has shape []", f => Gemm(f, scales: false).AddHalf("p.scales", 1)),
        ["scales of integers"] = new("p.scales has dtype I32", f => Gemm(f, scales: false).AddZeros("p.scales", "I32", 2, 16), Supported: false),
        ["GPTQ index"] = new("p.g_idx belongs to a GPTQ checkpoint", f => Gemm(f).AddZeros("p.g_idx", "I32", 64), Supported: false),
        ["out features not in eights"] = new("expected multiples of 8", f => Gemm(f), Use: c => c.Linear("p", 12, 64)),
        ["gemv with an odd group size"] = new("group size 16", f => Square(f), Use: c => c.Linear("p", 64, 64), Config: Awq.Replace("32", "16", StringComparison.Ordinal).Replace("gemm", "gemv", StringComparison.Ordinal), Supported: false),
        ["square scales without dimension"] = new("p.qzeros has shape", f => f.AddZeros("p.qweight", "I32", 64, 8).AddZeros("p.qzeros", "I32", 2, 8).AddHalf("p.scales", 1), Use: c => c.Linear("p", 64, 64), Config: Awq.Replace("gemm", "gemv", StringComparison.Ordinal)),
        ["marlin with 32 out features"] = new("Marlin layout with 32 out features", f => f.AddZeros("p.qweight", "I32", 4, 64).AddHalf("p.scales", 1, 2, 32), Use: c => c.Linear("p", 32, 64), Config: Awq.Replace("gemm", "marlin", StringComparison.Ordinal).Replace("true", "false", StringComparison.Ordinal)),
        ["gemv_fast with 32 in features"] = new("GEMV-fast layout with 16 out features and 32 in features", f => f.AddZeros("p.qweight", "I16", 4, 32), Use: c => c.Linear("p", 16, 32), Config: Awq.Replace("gemm", "gemv_fast", StringComparison.Ordinal)),
        ["gemv_fast without zeros"] = new("tensor p.qzeros is missing", f => f.AddZeros("p.qweight", "I16", 4, 64), Config: Awq.Replace("gemm", "gemv_fast", StringComparison.Ordinal)),
        ["ct in an awq checkpoint"] = new("declares the Gemm layout, but the tensors of p are in the CompressedTensors layout", f => Ct(f), Config: Awq),
        ["ct shape missing"] = new("tensor p.weight_shape is missing", f => Ct(f, shape: false), Config: CtConfig),
        ["ct shape different"] = new("p.weight_shape holds [16, 65]; expected [16, 64]", f => Ct(f, inFeatures: 65), Config: CtConfig),
        ["ct shape negative"] = new("p.weight_shape holds [-16, 64]", f => Ct(f, outFeatures: -16), Config: CtConfig),
        ["ct zero points missing"] = new("tensor p.weight_zero_point is missing", f => Ct(f, zeros: false), Config: CtConfig),
        ["ct zero points of another shape"] = new("p.weight_zero_point has shape [16, 2]; expected [2, 2]", f => Ct(f, zeros: false).AddZeros("p.weight_zero_point", "I32", 16, 2), Config: CtConfig),
        ["ct index"] = new("p.weight_g_idx", f => Ct(f).AddZeros("p.weight_g_idx", "I32", 64), Config: CtConfig, Supported: false),
        ["far too many features"] = new("at most 16777216 are supported", f => Gemm(f), Use: c => c.Linear("p", int.MaxValue, int.MaxValue), Supported: false),
        ["scale NaN"] = new("p.scales[1, 3] is NaN", f => Gemm(f, scales: false).AddHalves("p.scales", [2, 16], With(19, double.NaN)), Use: ReadGroups),
        ["scale infinite"] = new("p.scales[0, 15] is", f => Gemm(f, scales: false).AddHalves("p.scales", [2, 16], With(15, double.PositiveInfinity)), Use: ReadGroups),
        ["gemv_fast zero point 16"] = new("p.qzeros[1, 2] is -16", f => Fast(f, -16, 1), Use: ReadGroups, Config: Awq.Replace("gemm", "gemv_fast", StringComparison.Ordinal)),
        ["gemv_fast zero point negative"] = new("p.qzeros[1, 2] is 1", f => Fast(f, 1, 1), Use: ReadGroups, Config: Awq.Replace("gemm", "gemv_fast", StringComparison.Ordinal)),
        ["gemv_fast zero point without scale"] = new("p.qzeros[1, 2] is -3 where the scale is 0", f => Fast(f, -3, 0), Use: ReadGroups, Config: Awq.Replace("gemm", "gemv_fast", StringComparison.Ordinal)),
        ["gemv_fast zero point infinite"] = new("p.qzeros[1, 2] is", f => Fast(f, double.NegativeInfinity, 1), Use: ReadGroups, Config: Awq.Replace("gemm", "gemv_fast", StringComparison.Ordinal)),
        ["ct zero point 8"] = new("p.weight_zero_point[1, 0] is 8", f => Ct(f, zeros: false).Add("p.weight_zero_point", "I8", [16, 2], [0, 0, 8, .. new byte[29]]), Use: ReadGroups, Config: CtConfig),
        ["file shortened after opening"] = new("model.safetensors ends at byte", f => Gemm(f), Use: c =>
        {
            var info = c.Linear("p", 16, 64);
            using (var stream = new FileStream(Path.Combine(c.Folder, "model.safetensors"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                stream.SetLength(stream.Length - 1);
            }

            Read(c, info);
        }),
    };

    public static TheoryData<string> OpenCases => [.. s_header.Keys, .. s_index.Keys, .. s_config.Keys];

    public static TheoryData<string> LinearCases => [.. s_linear.Keys];

    [Theory]
    [MemberData(nameof(OpenCases))]
    public void Open_Malformed_IsRefused(string name)
    {
        var test = s_header.GetValueOrDefault(name) ?? s_index.GetValueOrDefault(name) ?? s_config[name];
        using var folder = new TempCheckpoint();
        if (s_config.ContainsKey(name))
        {
            folder.Save();
        }

        test.Build(folder);
        CheckRefused(test, () => Checkpoint.Open(folder.Folder).Dispose());
    }

    [Theory]
    [MemberData(nameof(LinearCases))]
    public void Linear_Malformed_IsRefused(string name)
    {
        var test = s_linear[name];
        using var folder = new TempCheckpoint(test.Config ?? Awq);
        test.Build(folder);
        folder.Save();
        using var checkpoint = Checkpoint.Open(folder.Folder);
        CheckRefused(test, () => (test.Use ?? (c => c.Linear("p", 16, 64)))(checkpoint));
    }

    private static void CheckRefused(Case test, Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var exception = Record.Exception(action);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.NotNull(exception);
        Assert.Equal(test.Supported ? typeof(InvalidDataException) : typeof(NotSupportedException), exception.GetType());
        Assert.Contains(test.Message, exception.Message, StringComparison.Ordinal);
        Assert.InRange(exception.Message.Length, 1, MaxMessage);
        Assert.InRange(allocated, 0, MaxAllocated);
    }

    private static string Entry(string dtype, string shape, string offsets, string name = "a") =>
        $$"""
        "{{name}}":{"dtype":"{{dtype}}","shape":[{{shape}}],"data_offsets":[{{offsets}}]}
        """;

    private static string OneTensor(string dtype, string shape, string offsets) => "{" + Entry(dtype, shape, offsets) + "}";

    private static void Map(TempCheckpoint folder, string entries) => folder.Write(ShardIndex.FileName, "{\"weight_map\":{" + entries + "}}");

    private static void Quantize(TempCheckpoint folder, string keys) => folder.Write("config.json", "{\"quantization_config\":{" + keys + "}}");

    private static void Compress(TempCheckpoint folder, string weights, string group = "", string outer = "") =>
        Quantize(folder, "\"quant_method\":\"compressed-tensors\",\"config_groups\":{\"group_0\":{\"weights\":{" + weights + "}" + group + "}}" + outer);

    private static TempCheckpoint Gemm(TempCheckpoint folder, long[]? qweight = null, string qweightType = "I32", bool qzeros = true, bool scales = true)
    {
        folder.AddZeros("p.qweight", qweightType, qweight ?? [64, 2]);
        if (qzeros)
        {
            folder.AddZeros("p.qzeros", "I32", 2, 2);
        }

        return scales ? folder.AddHalf("p.scales", 1, 2, 16) : folder;
    }

    private static TempCheckpoint Square(TempCheckpoint folder) =>
        folder.AddZeros("p.qweight", "I32", 64, 8).AddZeros("p.qzeros", "I32", 64, 4).AddHalf("p.scales", 1, 64, 32);

    // Two groups, padded to 32; the zero point of group 1, row 2 is what the case is about.
    private static TempCheckpoint Fast(TempCheckpoint folder, double zero, double scale)
    {
        var scales = Enumerable.Repeat(1.0, 32 * 16).ToArray();
        var zeros = new double[32 * 16];
        (scales[18], zeros[18]) = (scale, zero);
        return folder.AddZeros("p.qweight", "I16", 4, 64).AddHalves("p.scales", [32, 16], scales).AddHalves("p.qzeros", [32, 16], zeros);
    }

    private static TempCheckpoint Ct(TempCheckpoint folder, bool zeros = true, bool shape = true, long outFeatures = 16, long inFeatures = 64)
    {
        folder.AddZeros("p.weight_packed", "I32", 16, 8).AddHalf("p.weight_scale", 1, 16, 2);
        if (zeros)
        {
            folder.AddZeros("p.weight_zero_point", "I32", 2, 2);
        }

        return shape ? folder.Add("p.weight_shape", "I64", [2], [.. BitConverter.GetBytes(outFeatures), .. BitConverter.GetBytes(inFeatures)]) : folder;
    }

    private static double[] With(int index, double value)
    {
        var values = Enumerable.Repeat(1.0, 32).ToArray();
        values[index] = value;
        return values;
    }

    private static void ReadGroups(Checkpoint checkpoint) => Read(checkpoint, checkpoint.Linear("p", 16, 64));

    private static void Read(Checkpoint checkpoint, LinearInfo info)
    {
        int count = info.OutFeatures * info.Groups;
        LinearReader.ReadGroups(checkpoint, info, new float[count], new byte[count]);
    }

    /// <param name="Message">Part of the message that is expected.</param>
    /// <param name="Build">Writes the folder.</param>
    /// <param name="Use">What is done with the open checkpoint; asks for layer p if null.</param>
    /// <param name="Config">config.json, if not the usual one.</param>
    /// <param name="Supported">Whether the file would be supported if it were not broken.</param>
    private sealed record Case(string Message, Action<TempCheckpoint> Build, Action<Checkpoint>? Use = null, string? Config = null, bool Supported = true);
}
